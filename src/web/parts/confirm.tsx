import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { texts } from '../texts.ts';
import { ProblemAlert } from './problem-alert.tsx';

/** Asks before something that cannot be undone; stays open and says why when it is refused. */
export function Confirm({
  opened,
  onClose,
  title,
  hint,
  action,
  run,
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly hint: string;
  /** The button's word for it. */
  readonly action: string;
  readonly run: () => Promise<unknown>;
}) {
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const close = (): void => {
    setProblem(undefined);
    onClose();
  };
  const go = async (): Promise<void> => {
    setRunning(true);
    setProblem(undefined);
    try {
      await run();
      close();
    } catch (error) {
      setProblem(error);
    } finally {
      setRunning(false);
    }
  };
  return (
    <Modal opened={opened} onClose={close} title={title} closeButtonProps={{ 'aria-label': texts.shell.actions.close }}>
      <Stack>
        <Text size="sm">{hint}</Text>
        <ProblemAlert problem={problem} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {texts.shell.actions.cancel}
          </Button>
          <Button color="red.9" loading={isRunning} onClick={() => void go()} data-autofocus>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
