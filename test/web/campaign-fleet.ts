import { SECRET_KEY } from '../e2e/server-under-test.ts';
import { type Manner, VirtualFleet } from '../e2e/virtual-fleet.ts';
import { type PageUnderTest, startPageUnderTest } from './page-under-test.ts';

export const PASSWORD = 'a long password';

const XML = (value: string): Buffer =>
  Buffer.from(`<SyncBody>
  <Replace><Item><Target><LocURI>./Vendor/Browser/Home</LocURI></Target><Data>${value}</Data></Item></Replace>
</SyncBody>`);

/** The page over a fleet of devices that answer, packages to send them, and more people than the admin. */
export class CampaignFleet {
  readonly web: PageUnderTest;
  readonly fleet: VirtualFleet;
  /** Of `home`, without variables, and of `varied`, which needs `apn` and `proxy`. */
  readonly packages: { readonly home: string; readonly varied: string };

  private constructor(web: PageUnderTest, fleet: VirtualFleet, packages: CampaignFleet['packages']) {
    this.web = web;
    this.fleet = fleet;
    this.packages = packages;
  }

  static async start(count: number, mannerOf: (index: number) => Manner = () => 'obeys'): Promise<CampaignFleet> {
    let url = '';
    let fleet: VirtualFleet | undefined;
    const web = await startPageUnderTest({}, async (databaseUrl) => {
      fleet = await VirtualFleet.start({
        count,
        databaseUrl,
        secretKey: SECRET_KEY,
        serverUrl: () => `${url}/dm`,
        mannerOf,
      });
      return { SMPP_URL: `smpp://test:test@127.0.0.1:${fleet.smsc.port}` };
    });
    url = web.server.url;
    const { api } = web.server;
    const upload = async (name: string, value: string): Promise<string> =>
      (await api.upload<{ id: string }>(`/api/v1/packages?name=${name}`, XML(value))).id;
    const packages = {
      home: await upload('home', 'http://home.example/'),
      varied: await upload('varied', '{{apn}} {{proxy}}'),
    };
    for (const [name, role] of [
      ['olga', 'operator'],
      ['vera', 'viewer'],
    ]) {
      await api.post('/api/v1/users', { name, role, password: PASSWORD });
    }
    if (fleet === undefined) throw new Error('there is no fleet');
    return new CampaignFleet(web, fleet, packages);
  }

  /** A draft over all of the fleet; with a `count` it is started. */
  async campaign(name: string, more: object = {}, count?: number): Promise<string> {
    const { api } = this.web.server;
    const { id } = await api.post<{ id: string }>('/api/v1/campaigns', {
      name,
      content: { kind: 'package', packageId: this.packages.home },
      target: { kind: 'filter', filter: 'deviceId==IMEI*' },
      ...more,
    });
    if (count !== undefined) await api.post(`/api/v1/campaigns/${id}/start`, { confirmCount: count });
    return id;
  }

  read(id: string): Promise<Record<string, unknown> & { readonly state: string; readonly version: number }> {
    return this.web.server.api.get(`/api/v1/campaigns/${id}`);
  }

  async stop(): Promise<void> {
    await this.web.stop();
    await this.fleet.close();
  }
}
