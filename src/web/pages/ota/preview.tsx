import { Alert, Badge, Code, Group, List, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { ApiProblem } from '../../api/problem.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { isEmpty, type OtaSource, type OtaValues, previewOf } from './ota-values.ts';
import { previewQuery } from './queries.ts';

const words = texts.ota;
const PAUSE_MS = 350;

/** What the phone will get, as the server makes it of what is in the form, shortly after the last key. */
export function Preview({ values, source }: { readonly values: OtaValues; readonly source: OtaSource }) {
  const order = isEmpty(values, source) ? undefined : JSON.stringify(previewOf(values, source));
  const [asked] = useDebouncedValue(order, PAUSE_MS);
  const { data, error } = useQuery(previewQuery(asked));
  const last = useRef(data);
  if (data !== undefined) last.current = data;
  const shown = asked === undefined ? undefined : (data ?? last.current);
  const faults = error instanceof ApiProblem ? faultsOf(error) : [];
  return (
    <Panel
      title={words.preview}
      hint={words.previewHint}
      aside={
        shown !== undefined && (
          <Group gap="xs" justify="flex-end">
            <Badge variant="light">{words.parts(shown.parts)}</Badge>
            {shown.wbxmlHex !== undefined && (
              <Badge variant="light" color="gray">
                {words.octets(shown.wbxmlHex.length / 2)}
              </Badge>
            )}
          </Group>
        )
      }
    >
      <Stack>
        {asked === undefined && (
          <Text size="sm" c="dimmed">
            {words.previewNothing}
          </Text>
        )}
        {asked !== undefined && error !== null && faults.length === 0 && <ProblemAlert problem={error} />}
        {faults.length > 0 && (
          <Alert color="yellow" icon={<Icon name="info" />} title={words.previewFaults(faults.length)}>
            <List size="sm">
              {faults.map(({ place, detail }) => (
                <List.Item key={`${place} ${detail}`}>
                  <Code>{place}</Code> {detail}
                </List.Item>
              ))}
            </List>
            {shown !== undefined && <Text size="sm">{words.previewOld}</Text>}
          </Alert>
        )}
        {shown !== undefined && shown.missingVariables.length > 0 && (
          <Alert color="yellow" icon={<Icon name="info" />} title={words.missing(shown.missingVariables.join(', '))} />
        )}
        {shown !== undefined && (
          <>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
            <section className="source" tabIndex={0} aria-label={words.previewXml}>
              <pre>{shown.xml}</pre>
            </section>
            {shown.wbxmlHex !== undefined && (
              <details>
                <summary>{words.hex}</summary>
                <Text size="xs" ff="monospace" className="breaks-anywhere" mt="xs">
                  {shown.wbxmlHex.replaceAll(/(..)/g, '$1 ')}
                </Text>
              </details>
            )}
          </>
        )}
      </Stack>
    </Panel>
  );
}

/** By the member of the settings, or by the line of the document. */
function faultsOf({ document }: ApiProblem): readonly { readonly place: string; readonly detail: string }[] {
  const inDocument = document['faults'] as
    | readonly { readonly line?: number; readonly column?: number; readonly reason: string }[]
    | undefined;
  return [
    ...(document.errors ?? []).map(({ pointer, detail }) => ({ place: pointer.replace('/settings', ''), detail })),
    ...(inDocument ?? []).map(({ line, column, reason }) => ({
      place: words.place(line ?? 1, column ?? 1),
      detail: reason,
    })),
  ];
}
