import { Badge, Group, Stack, Table, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useId, useMemo } from 'react';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { XmlText } from '../../parts/xml/xml-text.tsx';
import { texts } from '../../texts.ts';
import type { Message } from './queries.ts';
import { commandsOf, hexLines } from './said.ts';

const words = texts.sessions;
/** Commands named on an arrow; the others are in the message. */
const NAMED = 4;

/** One arrow of the diagram; it unfolds to the message itself. */
export function MessageArrow({ message }: { readonly message: Message }) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const id = useId();
  const { direction, msgId, encoding, wireSize, at, xml, statuses } = message;
  const commands = useMemo(() => commandsOf(xml), [xml]);
  return (
    <li>
      <UnstyledButton
        className="arrow"
        data-direction={direction}
        onClick={toggle}
        aria-expanded={isOpen}
        aria-controls={id}
      >
        <Group justify="space-between" gap="xs" wrap="nowrap">
          <Group gap={6}>
            <Text span size="sm" fw={600}>
              {words.message(words.direction[direction], msgId)}
            </Text>
            {commands.slice(0, NAMED).map(({ name, about }, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a message does not change
              <Group key={place} gap={4} wrap="nowrap" miw={0}>
                <Badge size="sm" variant="light">
                  {name}
                </Badge>
                <Text span className={name === 'Alert' ? '' : 'mono'} size="sm" maw={{ base: 200, sm: 320 }} truncate>
                  {name === 'Alert' ? sayAlert(about[0] ?? '') : about[0]}
                  {about.length > 1 && ` +${about.length - 1}`}
                </Text>
              </Group>
            ))}
            {commands.length > NAMED && (
              <Text span size="xs" c="dimmed">
                {words.more(commands.length - NAMED)}
              </Text>
            )}
            {commands.length === 0 && statuses.length === 0 && (
              <Text span size="sm" c="dimmed">
                {words.nothing}
              </Text>
            )}
          </Group>
          <span className="tree-twig" data-open={isOpen || undefined}>
            <Icon name="chevron" size={14} />
          </span>
        </Group>
        <Group gap={4} mt={4}>
          {countsOf(statuses).map(({ code, count, name }) => (
            <Badge key={code} size="sm" variant="light" color={colourOf(code)}>
              {words.answer(code, name, count)}
            </Badge>
          ))}
        </Group>
        <span className="arrow-line" aria-hidden="true" />
      </UnstyledButton>
      <Text size="xs" c="dimmed" className="arrow-foot" data-direction={direction}>
        {words.wire(encoding, wireSize)}, <Instant at={at} />
      </Text>
      <div id={id}>{isOpen && <Unfolded message={message} />}</div>
    </li>
  );
}

/** What it answers in plain words, and the message itself: as XML, and beside it as WBXML. */
function Unfolded({ message: { msgId, direction, xml, wbxml, statuses } }: { readonly message: Message }) {
  return (
    <Stack gap="sm" my="sm">
      {statuses.length > 0 && <Statuses statuses={statuses} />}
      <div className="xml-and-hex">
        <div>
          <Text size="xs" fw={600} mb={4}>
            {words.xml}
          </Text>
          <XmlText label={words.message(words.direction[direction], msgId)} value={xml} />
        </div>
        <div>
          <Text size="xs" fw={600} mb={4}>
            {words.hex}
          </Text>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
          <pre className="hex" tabIndex={0}>
            {hexLines(wbxml)}
          </pre>
          <Text size="xs" c="dimmed" mt={4}>
            {words.hexHint}
          </Text>
        </div>
      </div>
    </Stack>
  );
}

/** What was refused at once, the rest folded away: there may be hundreds. */
function Statuses({ statuses }: Pick<Message, 'statuses'>) {
  const refused = statuses.filter(({ code }) => code >= 300);
  const done = statuses.filter(({ code }) => code < 300);
  return (
    <Stack gap="xs">
      {refused.length > 0 && <StatusTable label={words.refused} statuses={refused} />}
      {done.length > 0 && (
        <details>
          <summary>{words.done(done.length)}</summary>
          <StatusTable label={words.done(done.length)} statuses={done} />
        </details>
      )}
    </Stack>
  );
}

function StatusTable({ label: name, statuses }: Pick<Message, 'statuses'> & { readonly label: string }) {
  return (
    <div className="paged-table">
      <Table role="table" aria-label={name} verticalSpacing={6}>
        <Table.Thead role="rowgroup">
          <Table.Tr role="row">
            {[words.command, words.node, words.status].map((label) => (
              <Table.Th key={label} scope="col" role="columnheader">
                {label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody role="rowgroup">
          {statuses.map(({ command, locUri, code, meaning }, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a message does not change
            <Table.Tr key={place} role="row">
              <Table.Td role="cell">{command}</Table.Td>
              <Table.Td role="cell" data-label={words.node} className="mono">
                {locUri}
              </Table.Td>
              <Table.Td role="cell" data-label={words.status}>
                <span>
                  <Badge size="sm" variant="light" color={colourOf(code)} mr="xs">
                    {code}
                  </Badge>
                  {meaning}
                </span>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** An alert code in plain words; the code itself where it has none. */
function sayAlert(code: string): string {
  return words.alerts[code] === undefined ? code : `${code} ${words.alerts[code]}`;
}

interface Count {
  readonly code: number;
  readonly count: number;
  /** The code's name: "Permission denied". */
  readonly name: string;
}

/** Which answers are in it, and how often. */
function countsOf(statuses: Message['statuses']): readonly Count[] {
  const counts = new Map<number, Count>();
  for (const { code, meaning } of statuses) {
    const name = meaning.split('. ')[0] ?? meaning;
    counts.set(code, { code, name, count: (counts.get(code)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

function colourOf(code: number): string {
  return code < 300 ? 'green' : code === 401 || code === 407 ? 'yellow' : 'red';
}
