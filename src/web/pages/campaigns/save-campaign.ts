import { api, csrfHeader, dataOf, ifMatch, problemOf } from '../../api/client.ts';
import { ApiProblem } from '../../api/problem.ts';
import type { components } from '../../api/schema.d.ts';
import type { Campaign } from './campaign-types.ts';
import { type CampaignValues, newCampaignOf } from './campaign-values.ts';

/** Where the form has what the body has elsewhere. */
const MOVED: readonly (readonly [of: string, to: string])[] = [
  ['/content/settings', '/settings'],
  ['/membership', '/isDynamic'],
];

/** Saves what a wizard holds: what has been stored by an attempt that was refused later is not stored again. */
export class CampaignSaver {
  readonly #from: Campaign | undefined;
  /** The draft that is changed, as it is known. */
  #draft: { readonly id: string; readonly version: number } | undefined;
  #document: { readonly text: string; readonly packageId: string } | undefined;

  constructor(from: Campaign | undefined, isEdit: boolean) {
    this.#from = from;
    this.#draft = isEdit ? from : undefined;
  }

  /**
   * @param file the list of devices, as CSV
   * @returns the draft, and how many lines of the file were refused
   * @throws ApiProblem with pointers to the fields of the form; `document-refused` for a document that was typed
   */
  async save(values: CampaignValues, file: File | null): Promise<{ readonly id: string; readonly refused: number }> {
    const { kind, source, document } = values.content;
    const packageId =
      kind === 'push' && source === 'document' ? await this.#store(document, values.name) : values.content.packageId;
    const isFromFile = values.target.kind === 'list' && file !== null;
    const target = isFromFile ? { ...values.target, devices: '' } : values.target;
    const body = newCampaignOf({ ...values, content: { ...values.content, packageId }, target }, this.#from?.id);
    try {
      this.#draft =
        this.#draft === undefined
          ? await dataOf(api.POST('/api/v1/campaigns', { body }))
          : await dataOf(
              api.PUT('/api/v1/campaigns/{id}', {
                params: { path: { id: this.#draft.id }, header: ifMatch({ etag: `"${this.#draft.version}"` }) },
                body,
              }),
            );
    } catch (error) {
      throw moved(error);
    }
    const { id } = this.#draft;
    return { id, refused: isFromFile ? await this.#putList(id, file) : 0 };
  }

  async #store(text: string, name: string): Promise<string> {
    if (this.#document?.text === text) return this.#document.packageId;
    const response = await fetch(`/api/v1/packages?${new URLSearchParams({ name: name || 'campaign' })}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/xml', ...csrfHeader() },
      body: text,
    });
    if (!response.ok) {
      const problem = await problemOf(response);
      if (!(problem instanceof ApiProblem) || problem.status !== 422) throw problem;
      throw new ApiProblem({ ...problem.document, code: 'document-refused', detail: faultsOf(problem) });
    }
    const { id } = (await response.json()) as components['schemas']['Package'];
    this.#document = { text, packageId: id };
    return id;
  }

  async #putList(id: string, file: File): Promise<number> {
    const response = await fetch(`/api/v1/campaigns/${encodeURIComponent(id)}/members`, {
      method: 'PUT',
      headers: { 'Content-Type': 'text/csv', ...csrfHeader() },
      body: file,
    });
    // The draft has changed, by this; a next attempt changes it as it is then.
    const { version } = await dataOf(api.GET('/api/v1/campaigns/{id}', { params: { path: { id } } }));
    this.#draft = { id, version };
    if (!response.ok) throw await problemOf(response);
    return ((await response.json()) as components['schemas']['CampaignList']).refused;
  }
}

/** Each fault of a document in a line, with its place. */
function faultsOf({ document }: ApiProblem): string {
  const faults = (document.errors ?? []) as readonly {
    line?: number;
    column?: number;
    reason?: string;
    detail?: string;
  }[];
  const said = faults.map(({ line, column, reason, detail = reason }) =>
    line === undefined ? detail : `${line}:${column ?? 1} ${detail}`,
  );
  return said.length === 0 ? document.detail : said.join('\n');
}

/** The refusal, with its faults where the form has them. */
function moved(error: unknown): unknown {
  if (!(error instanceof ApiProblem) || error.document.errors === undefined) return error;
  const errors = error.document.errors.map((fault) => {
    const rule = MOVED.find(([of]) => fault.pointer === of || fault.pointer.startsWith(`${of}/`));
    return rule === undefined ? fault : { ...fault, pointer: rule[1] + fault.pointer.slice(rule[0].length) };
  });
  return new ApiProblem({ ...error.document, errors });
}
