import { z } from 'zod';
import { PACKAGE_KINDS } from '../../../provisioning/compile-document.ts';
import type { Packages } from '../../../services/packages.ts';
import { defineRoute, type Route } from '../route.ts';
import { idOf, pageParameters, text } from '../schemas/fields.ts';
import { PACKAGE_EXAMPLE, packagePage, packageSchema, presentPackage } from '../schemas/package.ts';

const name = text(100).meta({ description: 'The same name again makes its next revision.', examples: ['apn'] });
const byId = z.strictObject({ id: idOf('the package') });

const XML_EXAMPLE = `<SyncBody xmlns="SYNCML:SYNCML1.1">
  <Get>
    <CmdID>1</CmdID>
    <Item><Target><LocURI>./DevInfo/Man</LocURI></Target></Item>
  </Get>
  <Final/>
</SyncBody>
`;

export function packageRoutes(packages: Packages, maxUploadBytes: number): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/packages',
      operationId: 'uploadPackage',
      tag: 'Packages',
      summary: 'Upload a document',
      description:
        'The body is the XML itself: OMA DM commands (`SyncML`, `SyncBody` or a list of commands), an OMA CP document, ' +
        'or another document that is pushed. ' +
        'Every fault is reported at once, with line, column and reason.',
      query: z.strictObject({
        name,
        description: text(64)
          .exactOptional()
          .meta({
            description: 'Id of a device description: what such a device would refuse is a fault, too.',
            examples: ['0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a'],
          }),
      }),
      body: { kind: 'xml', maxBytes: maxUploadBytes, example: XML_EXAMPLE },
      idempotent: true,
      responses: {
        201: {
          description: 'The new revision.',
          content: { mediaType: 'application/json', schema: packageSchema, example: PACKAGE_EXAMPLE },
          headers: { Location: 'Where the revision is.' },
        },
      },
      problems: ['package-faulty', 'description-unknown'],
      handle: async ({ query, octets }) => {
        const revision = await packages.upload(query.name, octets, query.description);
        return {
          status: 201,
          headers: { Location: `/api/v1/packages/${revision.id}` },
          body: presentPackage(revision),
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/packages',
      operationId: 'listPackages',
      tag: 'Packages',
      summary: 'List packages, newest first',
      query: z.strictObject({
        ...pageParameters,
        name: text(100)
          .exactOptional()
          .meta({ description: 'Revisions of this name only.', examples: ['apn'] }),
        kind: z
          .enum(PACKAGE_KINDS, { error: 'Expected "dm", "cp" or "push".' })
          .exactOptional()
          .meta({ description: 'Of this kind only.' }),
      }),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: packagePage, example: { items: [PACKAGE_EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor, ...filter } }) => {
        const page = await packages.list(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(presentPackage) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/packages/{id}',
      operationId: 'getPackage',
      tag: 'Packages',
      summary: 'One package',
      params: byId,
      responses: {
        200: {
          description: 'The revision.',
          content: { mediaType: 'application/json', schema: packageSchema, example: PACKAGE_EXAMPLE },
        },
      },
      problems: ['package-unknown'],
      handle: async ({ params }) => ({ status: 200, body: presentPackage(await packages.get(params.id)) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/packages/{id}/xml',
      operationId: 'getPackageXml',
      tag: 'Packages',
      summary: 'The document, octet for octet as it was uploaded',
      params: byId,
      responses: {
        200: { description: 'The document.', content: { mediaType: 'application/xml', example: XML_EXAMPLE } },
      },
      problems: ['package-unknown'],
      handle: async ({ params }) => ({
        status: 200,
        body: await packages.xml(params.id),
        contentType: 'application/xml',
        // Whatever elements it embeds: a browser shows none of it as a page of ours.
        headers: { 'Content-Disposition': 'attachment', 'Content-Security-Policy': "default-src 'none'; sandbox" },
      }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/packages/{id}',
      operationId: 'deletePackage',
      tag: 'Packages',
      summary: 'Delete a package that no delivery refers to',
      params: byId,
      responses: { 204: { description: 'It is gone.' } },
      problems: ['package-unknown', 'package-in-use'],
      handle: async ({ params }) => {
        await packages.delete(params.id);
        return { status: 204 };
      },
    }),
  ];
}
