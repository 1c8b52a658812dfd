import { Badge, Group, Table, Tabs, Text, UnstyledButton } from '@mantine/core';
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
                <Text span className="mono" maw={260} truncate>
                  {about[0]}
                  {about.length > 1 && ` +${about.length - 1}`}
                </Text>
              </Group>
            ))}
            {commands.length > NAMED && (
              <Text span size="xs" c="dimmed">
                {words.more(commands.length - NAMED)}
              </Text>
            )}
            {commands.length === 0 && (
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
          {countsOf(statuses).map(([code, count]) => (
            <Badge key={code} size="xs" variant="light" color={colourOf(code)}>
              {count > 1 ? `${code} × ${count}` : code}
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

function Unfolded({ message: { msgId, direction, xml, wbxml, statuses } }: { readonly message: Message }) {
  return (
    <Tabs defaultValue="xml" keepMounted={false} my="sm">
      <Tabs.List mb="xs">
        <Tabs.Tab value="xml">{words.tabs.xml}</Tabs.Tab>
        <Tabs.Tab value="statuses">{words.tabs.statuses}</Tabs.Tab>
        <Tabs.Tab value="hex">{words.tabs.hex}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="xml">
        <XmlText label={words.message(words.direction[direction], msgId)} value={xml} />
      </Tabs.Panel>
      <Tabs.Panel value="statuses">
        {statuses.length === 0 ? (
          <Text size="sm">{words.noStatus}</Text>
        ) : (
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">{words.command}</Table.Th>
                <Table.Th scope="col">{words.node}</Table.Th>
                <Table.Th scope="col">{words.status}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {statuses.map(({ command, locUri, code, meaning }, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a message does not change
                <Table.Tr key={place}>
                  <Table.Td>{command}</Table.Td>
                  <Table.Td className="mono">{locUri}</Table.Td>
                  <Table.Td>
                    <Badge size="sm" variant="light" color={colourOf(code)} mr="xs">
                      {code}
                    </Badge>
                    {meaning}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Tabs.Panel>
      <Tabs.Panel value="hex">
        <Text size="xs" c="dimmed" mb="xs">
          {words.hexHint}
        </Text>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
        <pre className="hex" tabIndex={0}>
          {hexLines(wbxml)}
        </pre>
      </Tabs.Panel>
    </Tabs>
  );
}

function countsOf(statuses: Message['statuses']): [code: number, count: number][] {
  const counts = new Map<number, number>();
  for (const { code } of statuses) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts];
}

function colourOf(code: number): string {
  return code < 300 ? 'green' : code === 401 || code === 407 ? 'yellow' : 'red';
}
