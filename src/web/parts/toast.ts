import { notifications } from '@mantine/notifications';

/** Says in passing that something is done; once, however often in a row. */
export function toast(message: string): void {
  notifications.show({ id: message, message, color: 'green', withBorder: true, autoClose: 4_000 });
}

/** Says in passing that something did not work, where there is no form to say it at. */
export function toastFault(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  notifications.show({ message, color: 'red', withBorder: true, autoClose: 8_000 });
}
