import { Text } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';
import { texts } from '../../texts.ts';
import type { AuditEntry } from './queries.ts';

const words = texts.access.audit.objects;
type Kind = keyof typeof words;

/** What has a page of its own. */
const PAGES: Partial<Readonly<Record<Kind, (id: string) => LinkProps>>> = {
  campaigns: (id) => ({ to: '/campaigns/$id', params: { id } }),
  deliveries: (id) => ({ to: '/deliveries/$id', params: { id } }),
  devices: (deviceId) => ({ to: '/devices/$deviceId', params: { deviceId } }),
  ota: (id) => ({ to: '/ota/$id', params: { id } }),
  packages: (id) => ({ to: '/packages/$id', params: { id } }),
  sessions: (id) => ({ to: '/sessions/$id', params: { id } }),
};
/** Which kind an operation is about, where nothing was made whose path says so. */
const KIND_OF_OPERATION: readonly (readonly [RegExp, Kind])[] = [
  [/campaign/i, 'campaigns'],
  [/deliver/i, 'deliveries'],
  [/package/i, 'packages'],
  [/session/i, 'sessions'],
  [/link/i, 'links'],
  [/user/i, 'users'],
  [/key/i, 'keys'],
  [/webhook/i, 'webhooks'],
];
/** So much of an id tells two apart that stand in one list. */
const TAIL = 8;

/** What somebody did something to: a link to it where it has a page. */
export function AuditObject({ entry }: { readonly entry: AuditEntry }) {
  const { kind, id } = objectOf(entry);
  if (id === undefined) {
    return (
      <Text span size="sm" c="dimmed">
        –
      </Text>
    );
  }
  const isLong = /^[0-9a-f-]{36}$/.test(id);
  const text = (
    <>
      {kind !== undefined && kind !== 'devices' && `${words[kind]} `}
      <span className="mono" title={id}>
        {isLong ? `…${id.slice(-TAIL)}` : id}
      </span>
    </>
  );
  const page = kind === undefined ? undefined : PAGES[kind];
  return page === undefined ? (
    <Text span size="sm">
      {text}
    </Text>
  ) : (
    <Link {...page(id)}>{text}</Link>
  );
}

function objectOf({ operation, params, made }: AuditEntry): { readonly kind?: Kind; readonly id?: string } {
  const [, path, end] = /^\/api\/v1\/(\w+)\/([^/]+)$/.exec(made ?? '') ?? [];
  if (path !== undefined && end !== undefined && path in words) {
    return { kind: path as Kind, id: decodeURIComponent(end) };
  }
  if (params['deviceId'] !== undefined) return { kind: 'devices', id: params['deviceId'] };
  const id = Object.values(params).join(' ');
  if (id === '') return {};
  const kind = KIND_OF_OPERATION.find(([pattern]) => pattern.test(operation))?.[1];
  return { id, ...(kind !== undefined && { kind }) };
}
