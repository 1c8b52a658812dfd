import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { ApiProblem } from '../../api/problem.ts';
import type { components } from '../../api/schema.d.ts';
import { byCursor } from '../../parts/paged-table.tsx';
import type { XmlFault } from '../../parts/xml/xml-props.ts';

export type Package = components['schemas']['Package'];
export type PackageKind = Package['kind'];
export interface PackageFilter {
  readonly name?: string;
  readonly kind?: PackageKind;
}

export const packagesQuery = (filter: PackageFilter) =>
  infiniteQueryOptions({
    queryKey: ['packages', filter],
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/packages', {
          params: { query: { limit: '50', ...filter, ...(pageParam !== undefined && { cursor: pageParam }) } },
          signal,
        }),
      ),
    ...byCursor,
  });

export const packageQuery = (id: string) =>
  queryOptions({
    queryKey: ['packages', 'one', id],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/packages/{id}', { params: { path: { id } }, signal })),
  });

/** The document of a revision. It never changes. */
export const packageXmlQuery = (id: string) =>
  queryOptions({
    queryKey: ['packages', 'xml', id],
    queryFn: async ({ signal }) => {
      const octets = await dataOf(
        api.GET('/api/v1/packages/{id}/xml', { params: { path: { id } }, parseAs: 'arrayBuffer', signal }),
      );
      return readXml(octets);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The text of a document: UTF-16 by its byte order mark, otherwise what its declaration names, UTF-8 unless it does. */
export function readXml(octets: ArrayBuffer): string {
  const [first, second] = new Uint8Array(octets);
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(octets);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(octets);
  const head = new TextDecoder('latin1').decode(octets.slice(0, 200));
  const encoding = /^<\?xml[^>]*encoding=["']([\w.-]+)["']/.exec(head)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(encoding).decode(octets);
  } catch {
    return new TextDecoder().decode(octets);
  }
}

/**
 * Makes the next revision of that name.
 * @throws ApiProblem `package-faulty`; {@link faultsOf} has the faults
 */
export async function uploadPackage(name: string, xml: BodyInit): Promise<Package> {
  return dataOf(
    api.POST('/api/v1/packages', {
      params: { query: { name } },
      // As it is: what is sent are octets, whatever the document calls them.
      body: xml as string,
      bodySerializer: (body) => body,
      headers: { 'Content-Type': 'application/xml' },
    }),
  );
}

/** The faults of a refused document, in the order of its lines. */
export function faultsOf(problem: unknown): readonly XmlFault[] {
  if (!(problem instanceof ApiProblem) || problem.code !== 'package-faulty') return [];
  return (problem.document['faults'] as XmlFault[] | undefined) ?? [];
}
