import { api, dataOf } from '../../api/client.ts';

export type NodeFormat = 'chr' | 'int' | 'bool' | 'b64' | 'node';
export const NODE_FORMATS: readonly NodeFormat[] = ['chr', 'int', 'bool', 'b64', 'node'];

/** What is to be done at one node. */
export type NodeOrder =
  | { readonly command: 'Get' | 'Exec' | 'Delete'; readonly locUri: string }
  | {
      readonly command: 'Add' | 'Replace';
      readonly locUri: string;
      readonly format: NodeFormat;
      readonly value: string;
    };

const MAX_NAME = 100;

/**
 * Does something at one node of a device by a small package of its own. Ordered once more, the same package is taken
 * again; the value is a variable of it, so that it is kept with the delivery only.
 * @returns id of the delivery
 * @throws ApiProblem
 */
export async function orderNode(deviceId: string, order: NodeOrder, trigger: boolean): Promise<string> {
  const xml = documentOf(order);
  const packageId = await packageOf(nameOf(order), xml);
  const hasValue = 'value' in order && order.format !== 'node';
  const { id } = await dataOf(
    api.POST('/api/v1/deliveries', {
      body: { packageId, deviceId, trigger, ...(hasValue && { variables: { value: order.value } }) },
    }),
  );
  return id;
}

async function packageOf(name: string, xml: string): Promise<string> {
  const { items } = await dataOf(api.GET('/api/v1/packages', { params: { query: { name, limit: '1' } } }));
  const [newest] = items;
  if (newest !== undefined) {
    const params = { path: { id: newest.id } };
    if ((await dataOf(api.GET('/api/v1/packages/{id}/xml', { params, parseAs: 'text' }))) === xml) return newest.id;
  }
  const made = await dataOf(
    api.POST('/api/v1/packages', {
      params: { query: { name } },
      body: xml,
      bodySerializer: (body) => body,
      headers: { 'Content-Type': 'application/xml' },
    }),
  );
  return made.id;
}

function nameOf(order: NodeOrder): string {
  const name = `${order.command} ${order.locUri}${'format' in order ? ` (${order.format})` : ''}`;
  return name.length <= MAX_NAME ? name : `${order.command} …${name.slice(name.length - MAX_NAME + 10)}`;
}

function documentOf(order: NodeOrder): string {
  // Two braces of a LocURI are no variable.
  const locUri = escaped(order.locUri.replaceAll('{{', '{{{{'));
  const target = `<Target><LocURI>${locUri}</LocURI></Target>`;
  const format = 'format' in order ? `<Meta><Format xmlns="syncml:metinf">${order.format}</Format></Meta>` : '';
  const data = 'format' in order && order.format !== 'node' ? '<Data>{{value}}</Data>' : '';
  const { command } = order;
  return `<SyncBody xmlns="SYNCML:SYNCML1.2"><${command}><CmdID>1</CmdID><Item>${target}${format}${data}</Item></${command}><Final/></SyncBody>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
