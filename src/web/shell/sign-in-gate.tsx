import { Box, Button, Center, Group, Loader, Modal, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef } from 'react';
import { connection } from '../api/connection.ts';
import { meQuery, signIn } from '../api/session.ts';
import { useApiForm } from '../api/use-api-form.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { texts } from '../texts.ts';

const { product, signIn: words } = texts.shell;

/**
 * Shows the pages to whoever is signed in, and the sign-in to others. When a session ends under way, the sign-in comes up
 * over the page, which stays as it is below: what was typed is not lost.
 */
export function SignInGate({ children }: { readonly children: ReactNode }) {
  const { data: me, error, refetch, isPending } = useQuery(meQuery);
  const wasIn = useRef(false);
  if (me !== undefined && me !== null) wasIn.current = true;
  useEffect(() => connection.subscribe(() => void (connection.isLost || refetch())), [refetch]);

  if (isPending) {
    return (
      <Center mih="100dvh">
        <Loader aria-label={texts.shell.table.loading} />
      </Center>
    );
  }
  if (me === undefined) {
    return (
      <Box className="sign-in">
        <Box maw={420} w="100%">
          <ProblemAlert problem={error} onRetry={() => void refetch()} />
        </Box>
      </Box>
    );
  }
  if (!wasIn.current) return <SignInPage />;
  return (
    <>
      {children}
      {/* Above whatever dialog was open when the session ended. */}
      <Modal zIndex={1_000} opened={me === null} onClose={() => {}} withCloseButton={false} title={words.again}>
        <Text size="sm" mb="md">
          {words.againHint}
        </Text>
        <SignInForm />
      </Modal>
    </>
  );
}

function SignInPage() {
  useEffect(() => {
    document.title = `${words.title} · ${product}`;
  }, []);
  return (
    <main className="sign-in">
      <Box className="surface" p="xl" w="100%" maw={400}>
        <Stack gap="lg">
          <Group gap="sm">
            <img src="/icon.svg" alt="" width={36} height={36} />
            <Title order={1} size="h2">
              {product}
            </Title>
          </Group>
          <SignInForm />
          <Text size="xs" c="dimmed">
            {words.firstTime}
          </Text>
        </Stack>
      </Box>
    </main>
  );
}

function SignInForm() {
  const { form, submit, isSending, problem } = useApiForm({
    initialValues: { name: '', password: '' },
    send: ({ name, password }) => signIn(name, password),
  });
  return (
    <form onSubmit={submit}>
      <Stack>
        <ProblemAlert problem={problem} />
        <TextInput
          label={words.name}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          data-autofocus
          autoFocus
          key={form.key('name')}
          {...form.getInputProps('name')}
        />
        <PasswordInput
          label={words.password}
          autoComplete="current-password"
          required
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        <Button type="submit" loading={isSending} size="md">
          {words.submit}
        </Button>
      </Stack>
    </form>
  );
}
