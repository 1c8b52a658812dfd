import { TARGET_STATES } from '../../src/domain/campaign.ts';
import { DELIVERY_STATES } from '../../src/domain/delivery.ts';
import type { Fleet } from './fill.ts';

/** Something that a page asks the server for. */
export interface Question {
  readonly name: string;
  /** Behind `/api/v1/`. */
  readonly path: string;
  /** Of a POST. */
  readonly body?: object;
  /** Read on by cursors until this page, which is what is measured. */
  readonly page?: number;
  /** Answered from memory for so long. */
  readonly keptMs?: number;
}

/** What else there has to be, to ask about it. */
export interface Asked extends Fleet {
  readonly sendId: string;
  readonly importId: string;
  readonly failureId: string;
  readonly draftOfAll: string;
  readonly draftOfSome: string;
}

const query = (values: Readonly<Record<string, string>>): string => new URLSearchParams(values).toString();

/** As the help of the field says them, and then every other field, of many devices and of few. */
const FILTERS: readonly string[] = [
  'deviceId==IMEI:35*',
  'man==Nokia;mod=in=(N95,E71)',
  'man=="Maker 3";mod=in=(M-15,M-16)',
  'tags==pilot',
  'attributes.customer==C77',
  'lastSeenAt>-7d',
  'msisdn=ex=false',
  'hasAccount==false',
  'deviceId==IMEI:35000000012*',
  'msisdn==+491500000123',
  'imsi==262011000000*',
  'mod==M-7',
  'fwv==3.1.0',
  'fwv==*.8.0',
  'dmv==1.1.2',
  'lang==rm',
  'lang!=de',
  'tags==rare',
  'tags==lab-*',
  'tags==nothing*',
  'attributes.note=ex=true',
  'attributes.note==XY*',
  'attributes.customer==X*',
  'timeZone==Europe/Berlin',
  'auth==hmac',
  'bootstrapState==none',
  'createdAt>-1d',
  'updatedAt<-600d',
  'lastSeenAt=ex=false',
  'mod==M-7;tags==rare;lastSeenAt>-30d',
];
const SORTS = ['createdAt', 'lastSeenAt', 'deviceId', 'man', 'mod', 'fwv'].flatMap((field) => [
  `${field}:asc`,
  `${field}:desc`,
]);
const SORTED_FILTERS: readonly (readonly [filter: string, sort: string])[] = [
  ['tags==rare', 'lastSeenAt:desc'],
  ['mod==M-7;tags==pilot', 'lastSeenAt:desc'],
  ['attributes.customer==C77', 'deviceId:asc'],
  ['lastSeenAt>-7d', 'deviceId:asc'],
  ['lang==rm', 'fwv:asc'],
  ['hasAccount==false', 'man:desc'],
];

/** Everything that the pages ask for. */
export function questions(asked: Asked): Readonly<Record<string, readonly Question[]>> {
  return {
    'any page': [ask('who is signed in', 'me')],
    devices: devices(),
    'one device': oneDevice(asked),
    campaigns: [...campaigns(asked), ...oneCampaign(asked, asked.running), ...oneCampaign(asked, asked.finished)],
    overview: [
      { ...ask('numbers', 'overview'), keptMs: 2_000 },
      ask('links', 'links'),
      ask('running campaigns', 'campaigns?state=running&limit=5'),
      ask('failed lately', 'deliveries?state=failed&limit=5'),
    ],
    deliveries: [
      ...paged('all', 'deliveries?limit=50'),
      ...DELIVERY_STATES.map((state) => ask(state, `deliveries?limit=50&state=${state}`)),
    ],
    sessions: [
      ...paged('newest', 'sessions?limit=50'),
      ...paged('open', 'sessions?limit=50&open=true', 3),
      ...paged('ended', 'sessions?limit=50&open=false'),
      ask('of a device', `sessions?${query({ limit: '50', deviceId: asked.deviceId })}`),
      ask('of a device, open', `sessions?${query({ limit: '50', deviceId: asked.deviceId, open: 'true' })}`),
      ask('of no device', `sessions?${query({ limit: '50', deviceId: 'IMEI:1' })}`),
      ask('one', `sessions/${asked.sessionId}`),
      ask('its messages', `sessions/${asked.sessionId}/messages?limit=50`),
    ],
    packages: packages(asked),
    ota: [
      ...paged('sends', 'ota?limit=50'),
      ...paged('one to many', `ota/${asked.sendId}?limit=100`),
      ask('packages', 'packages?kind=cp&limit=200'),
    ],
    links: [
      ...paged('incoming', 'incoming-messages?limit=50'),
      ...paged('incoming of a link', 'incoming-messages?limit=50&linkId=link-1'),
      ask('incoming of a rare link', 'incoming-messages?limit=50&linkId=rare-link'),
      ask('incoming of no link', 'incoming-messages?limit=50&linkId=none'),
      ask('incoming of a number', 'incoming-messages?limit=50&source=491500000013'),
    ],
    access: access(),
    imports: [
      ask('all', 'imports?limit=20'),
      ask('one', `imports/${asked.importId}`),
      ...paged('its refusals', `imports/${asked.importId}/refusals?limit=50`),
    ],
  };
}

const ask = (name: string, path: string): Question => ({ name, path });

/** The first page and a later one. */
function paged(name: string, path: string, page = 20): readonly Question[] {
  return [ask(name, path), { ...ask(`${name}, page ${page}`, path), page }];
}

function devices(): readonly Question[] {
  const list = (values: Readonly<Record<string, string>>): string => `devices?${query({ limit: '50', ...values })}`;
  return [
    ...paged('newest', list({})),
    ask('how many', 'devices/count'),
    ask('saved filters', 'device-filters?limit=200'),
    ...FILTERS.flatMap((filter) => [
      ask(filter, list({ filter })),
      ask(`how many ${filter}`, `devices/count?${query({ filter })}`),
    ]),
    ...SORTS.flatMap((sort) => paged(sort, list({ sort }))),
    ...SORTED_FILTERS.map(([filter, sort]) => ask(`${filter} by ${sort}`, list({ filter, sort }))),
    ...paged('tags==pilot', list({ filter: 'tags==pilot' })).slice(1),
    ask('that begin so', `devices?${query({ limit: '10', deviceId: 'IMEI:3500000' })}`),
    ask('sample of an audience', `devices?${query({ limit: '5', filter: 'tags==pilot;lastSeenAt>-30d' })}`),
    ask('count of an audience', `devices/count?${query({ filter: 'tags==pilot;lastSeenAt>-30d' })}`),
  ];
}

function oneDevice({ deviceId, deliveryId }: Asked): readonly Question[] {
  const one = `devices/${encodeURIComponent(deviceId)}`;
  const many = `devices/${encodeURIComponent('IMEI:350000000000008')}`;
  return [
    ask('what it is', one),
    ask('tree', `${one}/tree?limit=1000`),
    ...paged('tree of 3,000 nodes', `${many}/tree?limit=1000`, 3),
    ask('deliveries', `deliveries?${query({ limit: '20', deviceId })}`),
    ask('sessions', `sessions?${query({ limit: '20', deviceId })}`),
    ask('alerts', `${one}/alerts?limit=200`),
    ask('bootstrap', `${one}/bootstrap`),
    ask('a delivery', `deliveries/${deliveryId}`),
  ];
}

function campaigns({ draftOfAll, draftOfSome }: Asked): readonly Question[] {
  return [
    ...paged('all', 'campaigns?limit=50', 5),
    ...['draft', 'scheduled', 'running', 'paused', 'completed', 'stopped'].map((state) =>
      ask(state, `campaigns?limit=50&state=${state}`),
    ),
    { ...ask('review of a draft for all', `campaigns/${draftOfAll}/validate?estimate=true`), body: {} },
    { ...ask('review of a draft for some', `campaigns/${draftOfSome}/validate?estimate=true`), body: {} },
  ];
}

function oneCampaign({ running, failureId }: Asked, id: string): readonly Question[] {
  const which = id === running ? 'running' : 'finished';
  const one = `campaigns/${id}`;
  return [
    ask(`${which}: terms`, one),
    ask(`${which}: progress`, `${one}/progress`),
    ...paged(`${which}: failures`, `${one}/failures?limit=20`, 3),
    ...(id === running ? [] : paged(`${which}: failed devices`, `${one}/failures/${failureId}/devices?limit=20`)),
    ...TARGET_STATES.map((state) => ask(`${which}: targets ${state}`, `${one}/targets?limit=50&state=${state}`)),
    ...paged(`${which}: targets of wave 2`, `${one}/targets?limit=50&wave=2`),
    ask(`${which}: failed targets of wave 1`, `${one}/targets?limit=50&wave=1&state=failed`),
    ask(
      `${which}: events of ends`,
      `${one}/events?${query({ limit: '200', kind: 'target.succeeded,target.failed,target.expired' })}`,
    ),
    ask(`${which}: timeline`, `${one}/timeline`),
    ask(`${which}: events of waves`, `${one}/events?${query({ limit: '200', kind: 'campaign.*,wave.*' })}`),
  ];
}

function packages({ packageId }: Asked): readonly Question[] {
  return [
    ...paged('all', 'packages?limit=50', 10),
    ask('of a name', 'packages?limit=50&name=settings-77'),
    ask('of a kind', 'packages?limit=50&kind=cp'),
    ask('one', `packages/${packageId}`),
    ask('its document', `packages/${packageId}/xml`),
    ...paged('its deliveries', `deliveries?limit=50&packageId=${packageId}`),
  ];
}

function access(): readonly Question[] {
  const audit = (values: Readonly<Record<string, string>>): string => `audit?${query({ limit: '50', ...values })}`;
  const day = 86_400_000;
  const at = (days: number): string => new Date(Date.now() - days * day).toISOString();
  return [
    ask('users', 'users?limit=100'),
    ...paged('keys', 'keys?limit=50', 3),
    ...paged('audit', audit({})),
    ...paged('audit of a busy one', audit({ principalId: 'principal-0' })),
    ask('audit of a rare one', audit({ principalId: 'seldom' })),
    ask('audit of nobody', audit({ principalId: 'nobody' })),
    ...paged('audit of a frequent operation', audit({ operation: 'orderDelivery' })),
    ask('audit of a rare operation', audit({ operation: 'deleteLink' })),
    ask('audit of no operation', audit({ operation: 'orderDel' })),
    ask('audit of a day', audit({ from: at(101), until: at(100) })),
    ask('audit of a rare one for an operation', audit({ principalId: 'seldom', operation: 'uploadPackage' })),
    ask('audit of two that never met', audit({ principalId: 'principal-0', operation: 'deleteLink' })),
    ask('audit of a day and an operation', audit({ operation: 'uploadPackage', from: at(200), until: at(199) })),
  ];
}
