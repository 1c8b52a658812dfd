import { Badge, Group, ScrollArea, SegmentedControl, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import type { CommandResult } from './queries.ts';
import { isRefused } from './situation.ts';

const words = texts.deliveries;

const SHOWN = {
  all: () => true,
  refused: isRefused,
  unanswered: ({ outcome }: CommandResult) => outcome !== 'answered',
} as const;

function colourOf({ outcome, status }: CommandResult): string {
  if (outcome !== 'answered' || status === undefined) return 'gray';
  return status < 300 ? 'green' : 'red';
}

/** Every command with what the device said to it; those that went wrong can be looked at alone. */
export function Results({ results }: { readonly results: readonly CommandResult[] }) {
  const [which, setWhich] = useState<keyof typeof SHOWN>('all');
  const counts = {
    all: results.length,
    refused: results.filter(SHOWN.refused).length,
    unanswered: results.filter(SHOWN.unanswered).length,
  };
  const shown = results.filter(SHOWN[which]);
  return (
    <Panel
      title={words.results}
      p={0}
      pt="md"
      aside={
        (counts.refused > 0 || counts.unanswered > 0) && (
          <SegmentedControl
            size="xs"
            aria-label={words.which}
            data={(Object.keys(SHOWN) as (keyof typeof SHOWN)[])
              .filter((name) => name === 'all' || counts[name] > 0)
              .map((value) => ({ value, label: words.whichOf[value](counts[value]) }))}
            value={which}
            onChange={(next) => setWhich(next as keyof typeof SHOWN)}
          />
        )
      }
    >
      {results.length === 0 ? (
        <EmptyState icon="clock" title={words.noResults} hint={words.waiting} />
      ) : (
        <ScrollArea
          type="auto"
          scrollbars="x"
          className="paged-table"
          viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': words.results }}
        >
          <Table role="table" style={{ '--table-min-width': '760px' }}>
            <Table.Thead role="rowgroup">
              <Table.Tr role="row">
                {[words.node, words.command, words.status, words.value].map((label) => (
                  <Table.Th key={label} scope="col" role="columnheader">
                    {label}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody role="rowgroup">
              {shown.map((result) => (
                <Row key={`${result.path.join('.')}:${result.item}:${result.locUri}`} result={result} />
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
    </Panel>
  );
}

function Row({ result }: { readonly result: CommandResult }) {
  const { locUri, command, status, statusText, data, object, execOutcome, path } = result;
  return (
    <Table.Tr role="row">
      <Table.Td role="cell" className="mono">
        {locUri}
      </Table.Td>
      <Table.Td role="cell" data-label={words.command}>
        <span>
          {command}{' '}
          <Text span size="xs" c="dimmed">
            {words.place(path)}
          </Text>
        </span>
      </Table.Td>
      <Table.Td role="cell" data-label={words.status} maw={360}>
        <Group gap="xs" wrap="nowrap" align="flex-start">
          {status !== undefined && (
            <Badge variant="light" color={colourOf(result)}>
              {status}
            </Badge>
          )}
          <div>
            <Text size="sm">{statusText}</Text>
            {execOutcome !== undefined && (
              <Text size="xs" c="dimmed" component="div">
                {execOutcome.state === 'pending' ? words.execPending : words.execReported}{' '}
                {execOutcome.data !== undefined && <span className="mono">{execOutcome.data}</span>}{' '}
                {execOutcome.at !== undefined && <Instant at={execOutcome.at} />}
              </Text>
            )}
          </div>
        </Group>
      </Table.Td>
      <Table.Td role="cell" data-label={words.value} className="mono" maw={320}>
        {data === undefined || data === '' ? (
          object !== undefined && words.object(object.size)
        ) : (
          <Text span className="mono" lineClamp={4} title={data}>
            {data}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
