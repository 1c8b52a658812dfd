import { Button, Code, Stack, Text, Title } from '@mantine/core';
import { texts } from '../texts.ts';

const { fault } = texts.shell;

/** A fault of the page itself: what to do, and what to tell whoever looks into it. */
export function BrokenPage({ error }: { readonly error: unknown }) {
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (
    <Stack align="flex-start" maw={600} p="md" role="alert">
      <Title order={1}>{fault.broken}</Title>
      <Text>{fault.brokenHint}</Text>
      <Button onClick={() => window.location.reload()}>{fault.reload}</Button>
      <details>
        <summary>{fault.details}</summary>
        <Code block>{detail}</Code>
      </details>
    </Stack>
  );
}
