import { randomUUID } from 'node:crypto';
import { ApiClient } from '../../../scripts/api-client.ts';
import { VirtualDevice } from '../../../src/simulators/device/virtual-device.ts';
import { ADMIN_TOKEN } from '../server-process.ts';
import type { ExampleRunner, Prepare } from './example-runner.ts';

/** As they stand in the examples. */
const DEVICE = 'IMEI:493005100592800';
const IMSI = '262011234567890';
const EXAMPLE_ID = '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a';

const PACKAGE_WITH_APN =
  '<SyncBody><Replace><Item><Target><LocURI>./AP/Name</LocURI></Target><Data>{{apn}}</Data></Item></Replace></SyncBody>';
const PACKAGE =
  '<SyncBody><Replace><Item><Target><LocURI>./AP/Name</LocURI></Target><Data>a</Data></Item></Replace></SyncBody>';
const CP_WITH_APN =
  '<wap-provisioningdoc><characteristic type="NAPDEF"><parm name="NAPID" value="one"/>' +
  '<parm name="NAME" value="one"/><parm name="BEARER" value="GSM-GPRS"/>' +
  '<parm name="NAP-ADDRESS" value="{{apn}}"/><parm name="NAP-ADDRTYPE" value="APN"/></characteristic></wap-provisioningdoc>';

const api = ({ url }: ExampleRunner): ApiClient => new ApiClient(url, ADMIN_TOKEN);

/** The id of what another operation's first example makes stands for `{id}`. */
const idFrom =
  (operationId: string): Prepare =>
  async (runner) => ({ params: { id: (await runner.example(operationId)).id } });

/** Another operation's first example comes first. */
const after =
  (operationId: string): Prepare =>
  async (runner) => {
    await runner.example(operationId);
    return undefined;
  };

/** What the path names is there always. */
const nothing: Prepare = async () => undefined;

/** The device of the examples, with an IMSI. */
const device: Prepare = async (runner) => {
  await runner.example('registerDevice');
  await runner.database.query('UPDATE device SET imsi = $1', [IMSI]);
  return undefined;
};

/** The device, and the tag that it has now. */
const taggedDevice: Prepare = async (runner) => {
  await device(runner);
  const { headers } = await fetch(`${runner.url}/api/v1/devices/${encodeURIComponent(DEVICE)}`, {
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  return { headers: { 'If-Match': headers.get('ETag') ?? '' } };
};

/** The device, and a saved filter in place of the one that the examples name. */
const devicesByFilter: Prepare = async (runner) => {
  await device(runner);
  return { insteadOf: { [EXAMPLE_ID]: (await runner.example('saveDeviceFilter')).id } };
};

const upload = async (runner: ExampleRunner, xml: string): Promise<string> =>
  (await api(runner).upload<{ id: string }>('/api/v1/packages?name=example', Buffer.from(xml))).id;

/** The device of the examples opens a session and carries out a delivery. */
const session: Prepare = async (runner) => {
  await runner.example('orderDelivery');
  const simulated = new VirtualDevice({
    deviceId: DEVICE,
    serverUrl: `${runner.url}/dm`,
    auth: 'md5',
    client: { username: 'device1', password: 'change me', nonce: Buffer.from('bm9uY2UtMDAwMQ==', 'base64') },
    server: { id: 'omadm', password: 'change me too', nonce: Buffer.from('bm9uY2UtMDAwMg==', 'base64') },
  });
  simulated.queueAlert({ code: 1224, type: 'org.example.alarm', data: 'on fire' });
  const { end } = await simulated.runSession();
  if (end !== 'completed') throw new Error(`the session ended ${end}`);
  const { items } = await api(runner).get<{ items: { id: string }[] }>('/api/v1/sessions');
  return { params: { id: items[0]?.id ?? '' } };
};
const sessionOfDevice: Prepare = async (runner) => {
  await session(runner);
  return undefined;
};

const object: Prepare = async (runner) => {
  await device(runner);
  const id = randomUUID();
  await runner.database.query(
    `INSERT INTO device_object (id, device_id, session_id, loc_uri, size, begun_at, completed_at)
     SELECT $1, id, $2, './Log', 5, now(), now() FROM device`,
    [id, randomUUID()],
  );
  await runner.database.query("INSERT INTO object_piece (object_id, place, octets) VALUES ($1, 0, 'hello')", [id]);
  return { params: { id } };
};

const trigger: Prepare = async (runner) => {
  await runner.example('orderDelivery');
  const { items } = await api(runner).get<{ items: { id: string }[] }>('/api/v1/pushes');
  return { params: { id: items[0]?.id ?? '' } };
};

const incoming: Prepare = async (runner) => {
  await runner.database.query(
    `INSERT INTO incoming_message
       (id, link_id, source, destination, udh, body, data_coding, esm_class, received_at)
     VALUES ($1, $2, '491701234567', '12345', '', 'hello', 0, 0, now())`,
    [randomUUID(), EXAMPLE_ID],
  );
  return undefined;
};

/** The user of the examples, signed in. */
const browser: Prepare = async (runner) => {
  const { name } = await runner.example('createUser');
  const response = await fetch(`${runner.url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, password: 'a long password of hers' }),
  });
  const { csrfToken } = (await response.json()) as { csrfToken: string };
  return {
    headers: { Cookie: response.headers.get('Set-Cookie')?.split(';')[0] ?? '', 'X-CSRF-Token': csrfToken },
  };
};

/** As {@link idFrom}, of a user nobody has changed yet. */
const unchangedUser: Prepare = async (runner) => ({
  ...(await idFrom('createUser')(runner)),
  headers: { 'If-Match': '"1"' },
});
/** The package of the examples' campaigns is a stored one. */
const campaignPackage: Prepare = async (runner) => {
  await device(runner);
  return { insteadOf: { '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6b': await upload(runner, PACKAGE) } };
};

/** A campaign of the device of the examples; in that state, with its one target triggered. */
const campaign =
  (state: 'draft' | 'running' | 'paused' | 'completed'): Prepare =>
  async (runner) => {
    await device(runner);
    const packageId = await upload(runner, PACKAGE);
    const { id } = await api(runner).post<{ id: string }>('/api/v1/campaigns', {
      name: 'example',
      content: { kind: 'package', packageId },
      target: { kind: 'list', devices: [DEVICE] },
      waves: [{ count: 1 }, {}],
    });
    const params = { id };
    if (state === 'draft') return { params };
    await api(runner).post(`/api/v1/campaigns/${id}/start`, {});
    const until = async (isThere: string): Promise<void> => {
      for (let tries = 0; tries < 300; tries++) {
        const { rowCount } = await runner.database.query(`SELECT 1 FROM campaign_target WHERE ${isThere}`);
        if (rowCount === 1) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(`no target is ${isThere}`);
    };
    await until("state = 'triggered'");
    if (state === 'paused') await api(runner).post(`/api/v1/campaigns/${id}/pause`, {});
    if (state === 'completed') {
      await runner.database.query(
        `INSERT INTO result_report (delivery_id, exchange, results) SELECT id, 1,
          '[{"path":[0],"item":0,"command":"Replace","locUri":"./A","status":404}]' FROM delivery`,
      );
      await runner.database.query(
        `UPDATE delivery SET state = 'failed', failure_code = 'command-refused', ended_at = now(), updated_at = now()`,
      );
      await until("state = 'failed'");
      await api(runner)
        .post(`/api/v1/campaigns/${id}/cancel`, {})
        .catch(() => undefined);
      await runner.database.query("UPDATE campaign SET state = 'completed', ended_at = now()");
    }
    return { params };
  };

/** A tree query to the device of the examples. */
const treeQuery: Prepare = async (runner) => {
  await device(runner);
  const { id } = await api(runner).post<{ id: string }>('/api/v1/campaigns', {
    name: 'example',
    content: { kind: 'discovery' },
    target: { kind: 'all' },
  });
  return { params: { id } };
};

const webhookMessage: Prepare = async (runner) => {
  const { id } = await runner.example('createWebhook');
  const messageId = randomUUID();
  await runner.database.query(
    `INSERT INTO webhook_message (id, webhook_id, kind, body, state, attempts, due_at, last_status, created_at, ended_at)
     VALUES ($1, $2, 'target.failed', '{}', 'dead', 10, now(), 503, now(), now())`,
    [messageId, id],
  );
  return { params: { id, messageId } };
};

/**
 * What has to be there before an operation's examples can be run, by operationId. An operation that needs nothing has
 * no row. Most rows are one of the helpers above: `idFrom('createThing')` when the path names a thing that another
 * operation makes, `after('createThing')` when it only has to be there, or a few lines of your own that return which
 * real values go in place of those of the examples.
 */
export const PREREQUISITES: Readonly<Record<string, Prepare>> = {
  createCampaign: campaignPackage,
  listCampaigns: campaign('draft'),
  getCampaign: campaign('draft'),
  changeCampaign: async (runner) => ({
    ...(await campaign('draft')(runner)),
    insteadOf: { '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6b': await upload(runner, PACKAGE) },
  }),
  deleteCampaign: campaign('draft'),
  addCampaignMembers: campaign('draft'),
  removeCampaignMembers: campaign('draft'),
  putCampaignMembers: campaign('draft'),
  validateCampaign: campaign('draft'),
  startCampaign: campaign('draft'),
  approveCampaign: async (runner) => {
    const made = await campaign('draft')(runner);
    await runner.database.query("UPDATE campaign SET created_by = 'somebody', changed_by = 'somebody'");
    return made;
  },
  pauseCampaign: campaign('running'),
  resumeCampaign: campaign('paused'),
  stopCampaign: campaign('running'),
  cancelCampaign: campaign('running'),
  retryFailedTargets: campaign('completed'),
  skipWave: campaign('running'),
  getCampaignProgress: campaign('running'),
  getCampaignTimeline: campaign('completed'),
  listCampaignTargets: campaign('running'),
  getCampaignTarget: campaign('running'),
  listCampaignFailures: campaign('completed'),
  listFailedDevices: campaign('completed'),
  exportCampaignResults: campaign('completed'),
  exportCampaignReport: treeQuery,

  describeProblem: nothing,

  listPackages: after('uploadPackage'),
  uploadPackage: async (runner) => ({
    insteadOf: { [EXAMPLE_ID]: (await runner.example('uploadDescription')).id },
  }),
  getPackage: idFrom('uploadPackage'),
  deletePackage: idFrom('uploadPackage'),
  getPackageXml: idFrom('uploadPackage'),

  listDevices: devicesByFilter,
  countDevices: devicesByFilter,
  exportDevices: devicesByFilter,
  listImports: after('importDevices'),
  getImport: idFrom('importDevices'),
  listRefusedLines: idFrom('importDevices'),
  getImportReport: idFrom('importDevices'),
  tagDevices: device,
  listDeviceFilters: after('saveDeviceFilter'),
  getDeviceFilter: idFrom('saveDeviceFilter'),
  changeDeviceFilter: idFrom('saveDeviceFilter'),
  deleteDeviceFilter: idFrom('saveDeviceFilter'),
  getDevice: device,
  updateDevice: taggedDevice,
  deleteDevice: taggedDevice,

  listDescriptions: after('uploadDescription'),
  getDescription: idFrom('uploadDescription'),
  deleteDescription: idFrom('uploadDescription'),
  getDescriptionXml: idFrom('uploadDescription'),

  getDeviceTree: sessionOfDevice,
  listDeviceTimeline: sessionOfDevice,
  discoverTree: device,
  getLatestDiscovery: after('discoverTree'),
  changeAcl: device,
  listTreeJobs: after('discoverTree'),
  getTreeJob: idFrom('discoverTree'),
  cancelTreeJob: idFrom('discoverTree'),

  bootstrapDevice: async (runner) => {
    await device(runner);
    return { status: { cp: 202, plain: 202, dryRun: 200 } };
  },
  getBootstrap: after('bootstrapDevice'),

  orderDelivery: async (runner) => {
    await device(runner);
    return { insteadOf: { [EXAMPLE_ID]: await upload(runner, PACKAGE_WITH_APN) } };
  },
  listDeliveries: after('orderDelivery'),
  getDelivery: async (runner) => {
    await session(runner);
    const { items } = await api(runner).get<{ items: { id: string }[] }>('/api/v1/deliveries');
    return { params: { id: items[0]?.id ?? '' } };
  },
  cancelDelivery: idFrom('orderDelivery'),

  listSessions: sessionOfDevice,
  getSession: session,
  listSessionMessages: session,
  listAlerts: sessionOfDevice,
  listDeviceAlerts: sessionOfDevice,

  sendOta: async (runner) => {
    await device(runner);
    return { insteadOf: { [EXAMPLE_ID]: await upload(runner, CP_WITH_APN) } };
  },
  listOta: after('sendOta'),
  getOta: idFrom('sendOta'),
  getOtaManual: idFrom('sendOta'),
  getObject: object,

  listPushes: after('orderDelivery'),
  getPush: trigger,
  cancelPush: trigger,

  listLinks: after('createLink'),
  getLink: idFrom('createLink'),
  updateLink: idFrom('createLink'),
  deleteLink: idFrom('createLink'),
  testLink: idFrom('createLink'),
  listIncomingMessages: incoming,

  listEvents: after('cancelDelivery'),
  listCampaignEvents: campaign('draft'),

  listWebhooks: after('createWebhook'),
  getWebhook: idFrom('createWebhook'),
  updateWebhook: idFrom('createWebhook'),
  deleteWebhook: idFrom('createWebhook'),
  renewWebhookSecret: idFrom('createWebhook'),
  testWebhook: idFrom('createWebhook'),
  listWebhookMessages: webhookMessage,
  redeliverWebhookMessage: webhookMessage,
  redeliverDeadWebhookMessages: webhookMessage,

  listApiKeys: after('createApiKey'),
  getApiKey: idFrom('createApiKey'),
  revokeApiKey: idFrom('createApiKey'),

  listUsers: after('createUser'),
  getUser: idFrom('createUser'),
  updateUser: unchangedUser,
  deleteUser: unchangedUser,
  signIn: after('createUser'),
  getMe: browser,
  changePassword: browser,
  signOut: browser,
  listAudit: after('createUser'),
};

/** Successes that are documented and that no example leads to, by `operationId status`, each with the reason. */
export const UNREACHED: Readonly<Record<string, string>> = {
  'readiness 503': 'the server that runs them is ready',
};
