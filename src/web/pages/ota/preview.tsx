import { Alert, Badge, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { ApiProblem } from '../../api/problem.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { fieldPlace } from '../../parts/settings/field-label.ts';
import { isBuiltIn, type OtaContent, type OtaValues, previewOf } from '../../parts/settings/ota-values.ts';
import { missingFields } from '../../parts/settings/settings-fields.ts';
import type { XmlFault } from '../../parts/xml/xml-props.ts';
import { XmlText } from '../../parts/xml/xml-text.tsx';
import { texts } from '../../texts.ts';
import { type OtaPreview, previewQuery } from './queries.ts';

const words = texts.ota;
const PAUSE_MS = 350;
const NONE: readonly XmlFault[] = [];

export interface PreviewState {
  /** What was made of it last; also while something newer is faulty. */
  readonly shown: OtaPreview | undefined;
  readonly isWaiting: boolean;
  readonly error: unknown;
  /** Of a document, where they stand in it. */
  readonly documentFaults: readonly XmlFault[];
  /** Variables that somebody has to say. */
  readonly variables: readonly string[];
}

/** What the phone will get, as the server makes it of what is in the form, shortly after the last key. */
export function usePreview(values: OtaValues, content: OtaContent): PreviewState {
  const order = previewOf(values, content);
  const [asked] = useDebouncedValue(order === undefined ? undefined : JSON.stringify(order), PAUSE_MS);
  const { data, error, isFetching } = useQuery(previewQuery(asked));
  const last = useRef<OtaPreview>(undefined);
  // Those that have got a value are no longer missing, and have to keep their field.
  const asking = useRef<readonly string[]>([]);
  if (data !== undefined) {
    last.current = data;
    const given = asking.current.filter((name) => values.variables[name] !== undefined);
    asking.current = [...new Set([...given, ...data.missingVariables.filter((name) => !isBuiltIn(name))])].toSorted();
  }
  const documentFaults = useMemo(() => documentFaultsOf(error), [error]);
  return {
    shown: asked === undefined ? undefined : (data ?? last.current),
    isWaiting: asked !== undefined && isFetching && data === undefined,
    error: asked === undefined ? null : error,
    documentFaults,
    variables: asking.current,
  };
}

/** The faults of a refused document, by its lines. */
export function documentFaultsOf(problem: unknown): readonly XmlFault[] {
  if (!(problem instanceof ApiProblem) || problem.code !== 'package-faulty') return NONE;
  return (problem.document['faults'] as readonly XmlFault[] | undefined) ?? NONE;
}

/** @param onGo takes the cursor to a field of the form, or to a place of the document */
export function Preview({
  values,
  source,
  preview: { shown, isWaiting, error, documentFaults },
  onGo,
}: {
  readonly values: OtaValues;
  readonly source: OtaContent['source'];
  readonly preview: PreviewState;
  readonly onGo: (to: string | XmlFault) => void;
}) {
  const missing = missingFields(values.settings);
  const wrong = error instanceof ApiProblem ? (error.document.errors ?? []) : [];
  const isFaulty = wrong.length + documentFaults.length > 0;
  return (
    <Panel
      title={words.preview}
      hint={words.previewHint}
      aside={
        shown !== undefined && (
          <Group gap={6} justify="flex-end" wrap="nowrap">
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
        {missing.length > 0 && (
          <Alert color="blue" icon={<Icon name="info" />} title={words.missingFields(missing.length)}>
            <Group gap={6}>
              {missing.map(({ path }) => (
                <Button key={path} type="button" size="compact-xs" variant="default" onClick={() => onGo(path)}>
                  {fieldPlace(path)}
                </Button>
              ))}
            </Group>
          </Alert>
        )}
        {isFaulty ? (
          <Alert
            color="yellow"
            icon={<Icon name="info" />}
            title={words.previewFaults(wrong.length + documentFaults.length)}
          >
            <Stack gap={6} align="flex-start">
              {wrong.map(({ pointer, detail }) => {
                const path = pointer.slice(1).replaceAll('/', '.');
                return (
                  <Fault key={`${pointer} ${detail}`} place={fieldPlace(path)} detail={detail} go={() => onGo(path)} />
                );
              })}
              {documentFaults.map((fault) => (
                <Fault
                  key={`${fault.line}:${fault.column} ${fault.reason}`}
                  place={words.place(fault.line, fault.column)}
                  detail={fault.reason}
                  go={() => onGo(fault)}
                />
              ))}
              {shown !== undefined && <Text size="sm">{words.previewOld}</Text>}
            </Stack>
          </Alert>
        ) : (
          <ProblemAlert problem={error} />
        )}
        {shown !== undefined ? (
          <>
            <XmlText label={words.previewXml} value={shown.xml} />
            {shown.wbxmlHex !== undefined && (
              <details>
                <summary>{words.hex}</summary>
                <Text size="xs" ff="monospace" className="breaks-anywhere" mt="xs">
                  {shown.wbxmlHex.replaceAll(/(..)/g, '$1 ')}
                </Text>
              </details>
            )}
          </>
        ) : isWaiting ? (
          <Skeleton h={120} />
        ) : (
          !isFaulty &&
          error === null && (
            <Text size="sm" c="dimmed">
              {source === 'settings' ? words.previewNothing : words.previewNoDocument}
            </Text>
          )
        )}
      </Stack>
    </Panel>
  );
}

function Fault({ place, detail, go }: { readonly place: string; readonly detail: string; readonly go: () => void }) {
  return (
    <Text size="sm" component="div">
      <Button type="button" size="compact-xs" variant="default" mr={6} onClick={go}>
        {place}
      </Button>
      {detail}
    </Text>
  );
}
