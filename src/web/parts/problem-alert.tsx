import { Alert, Button, Code, Group, List, Stack, Text } from '@mantine/core';
import { ApiProblem, ConnectionLost } from '../api/problem.ts';
import { texts } from '../texts.ts';
import { Icon } from './icon.tsx';

const { fault } = texts.shell;

/**
 * What went wrong, in the server's own words.
 * @param onReload for `version-stale`: loads what it is now
 */
export function ProblemAlert({
  problem,
  onRetry,
  onReload,
}: {
  readonly problem: unknown;
  readonly onRetry?: () => void;
  readonly onReload?: () => void;
}) {
  if (problem === undefined || problem === null) return null;
  const isStale = problem instanceof ApiProblem && problem.code === 'version-stale';
  const title =
    problem instanceof ConnectionLost
      ? fault.lost
      : isStale
        ? fault.stale
        : problem instanceof ApiProblem
          ? problem.document.title
          : fault.title;
  const detail = isStale ? fault.staleHint : problem instanceof Error ? problem.message : String(problem);
  const faults = problem instanceof ApiProblem ? (problem.document.errors ?? []) : [];
  const requestId = problem instanceof ApiProblem ? problem.document.requestId : undefined;
  return (
    <Alert color="red" icon={<Icon name="alert" />} title={title} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{detail}</Text>
        {faults.length > 0 && (
          <List size="sm">
            {faults.map(({ pointer, detail: one }) => (
              <List.Item key={`${pointer} ${one}`}>
                <Code>{pointer}</Code> {one}
              </List.Item>
            ))}
          </List>
        )}
        <Group gap="sm">
          {isStale && onReload !== undefined && (
            <Button size="compact-sm" variant="default" onClick={onReload}>
              {fault.loadCurrent}
            </Button>
          )}
          {onRetry !== undefined && (
            <Button size="compact-sm" variant="default" onClick={onRetry}>
              {texts.shell.actions.retry}
            </Button>
          )}
          {requestId !== undefined && (
            <Text size="xs" c="dimmed">
              {fault.requestId(requestId)}
            </Text>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
