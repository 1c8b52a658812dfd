import { readFileSync } from 'node:fs';
import { allRoutes, type RestServices } from '../src/adapters/rest/rest-router.ts';
import { TOKEN_HOLDER } from '../src/domain/principal.ts';

/** The OpenAPI document that the server gives out. Nothing is started: the routes know it without their use cases. */
export async function openApiOfRoutes(): Promise<Record<string, unknown>> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const routes = allRoutes({} as RestServices, {
    maxUploadBytes: 1,
    version,
    checks: {},
    metricsText: () => Promise.reject(new Error('no metrics here')),
  });
  const itself = routes.find(({ operationId }) => operationId === 'openApi');
  const answer = itself?.prepare({
    params: {},
    query: {},
    body: undefined,
    octets: new Uint8Array(),
    principal: TOKEN_HOLDER,
    session: undefined,
    connection: { address: '', secure: false },
    preferred: () => undefined,
    header: () => undefined,
  });
  return (await answer?.())?.body as Record<string, unknown>;
}
