import { z } from 'zod';
import { type Descriptions, MAX_DESCRIPTION_BYTES } from '../../../services/descriptions.ts';
import type { DescriptionRecord } from '../../../services/ports/description-store.ts';
import { defineRoute, type Route } from '../route.ts';
import { idOf, instant, pageOf, pageParameters, text, uuid } from '../schemas/fields.ts';

const byId = z.strictObject({ id: idOf('the description') });

const descriptionSchema = z
  .strictObject({
    id: uuid,
    man: z
      .string()
      .meta({ description: 'Manufacturer, as in DevInfo; `*` stands for any text, `?` for one character.' }),
    mod: z.string().meta({ description: 'Model, alike.' }),
    firmware: z
      .string()
      .exactOptional()
      .meta({ description: 'Version of the firmware, as in ./DevDetail/FwV; absent: any.' }),
    version: z.enum(['1.1', '1.2']),
    nodeCount: z.int().min(0),
    size: z.int().min(0),
    createdAt: instant,
  })
  .meta({ id: 'DeviceDescription' });

const descriptionPage = pageOf(descriptionSchema, 'DeviceDescriptionPage');

function present({ createdAt, ...record }: DescriptionRecord): z.output<typeof descriptionSchema> {
  return { ...record, createdAt: createdAt.toISOString() };
}

const EXAMPLE: z.output<typeof descriptionSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6c',
  man: 'Example',
  mod: 'One*',
  firmware: '2.*',
  version: '1.2',
  nodeCount: 118,
  size: 40_960,
  createdAt: '2026-01-31T12:00:00.000Z',
};

const XML_EXAMPLE = `<MgmtTree xmlns="syncml:dmddf1.2">
  <VerDTD>1.2</VerDTD><Man>Example</Man><Mod>One</Mod>
  <Node><NodeName>DevInfo</NodeName>
    <DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat>
      <Occurrence><One/></Occurrence><DFType><DDFName/></DFType></DFProperties>
    <Node><NodeName>Man</NodeName>
      <DFProperties><AccessType><Get/></AccessType><DFFormat><chr/></DFFormat>
        <Occurrence><One/></Occurrence><DFType><MIME>text/plain</MIME></DFType></DFProperties>
    </Node>
  </Node>
</MgmtTree>
`;

const one = { mediaType: 'application/json', schema: descriptionSchema, example: EXAMPLE };

export function descriptionRoutes(descriptions: Descriptions, maxUploadBytes: number): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/descriptions',
      operationId: 'uploadDescription',
      tag: 'Descriptions',
      summary: 'Upload a device description (DDF)',
      description:
        'The body is the document of OMA DM DDF 1.1 or 1.2 itself. Packages that are ordered for a device of that kind are ' +
        'held against it; what such a device would refuse is refused at once, unless the order says `force`.',
      query: z.strictObject({
        man: text(255)
          .exactOptional()
          .meta({ description: "Manufacturer; the document's own unless told.", examples: ['Example'] }),
        mod: text(255)
          .exactOptional()
          .meta({ description: "Model; the document's own unless told.", examples: ['One'] }),
        firmware: text(255)
          .exactOptional()
          .meta({ description: 'Version of the firmware; any unless told.', examples: ['1.0.2'] }),
      }),
      body: { kind: 'xml', maxBytes: Math.min(maxUploadBytes, MAX_DESCRIPTION_BYTES), example: XML_EXAMPLE },
      idempotent: true,
      responses: {
        201: { description: 'Kept.', content: one, headers: { Location: 'Where the description is.' } },
      },
      problems: ['description-faulty', 'description-for-nobody'],
      handle: async ({ query, octets }) => {
        const record = await descriptions.upload(query, octets);
        return { status: 201, headers: { Location: `/api/v1/descriptions/${record.id}` }, body: present(record) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/descriptions',
      operationId: 'listDescriptions',
      tag: 'Descriptions',
      summary: 'List device descriptions, newest first',
      query: z.strictObject({ ...pageParameters }),
      responses: {
        200: {
          description: 'A page.',
          content: { mediaType: 'application/json', schema: descriptionPage, example: { items: [EXAMPLE] } },
        },
      },
      problems: ['cursor-invalid'],
      handle: async ({ query: { limit, cursor } }) => {
        const page = await descriptions.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
        return { status: 200, body: { ...page, items: page.items.map(present) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/descriptions/{id}',
      operationId: 'getDescription',
      tag: 'Descriptions',
      summary: 'One device description',
      params: byId,
      responses: { 200: { description: 'The description.', content: one } },
      problems: ['description-unknown'],
      handle: async ({ params }) => ({ status: 200, body: present(await descriptions.get(params.id)) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/descriptions/{id}/xml',
      operationId: 'getDescriptionXml',
      tag: 'Descriptions',
      summary: 'The document, octet for octet as it was uploaded',
      params: byId,
      responses: {
        200: { description: 'The document.', content: { mediaType: 'application/xml', example: XML_EXAMPLE } },
      },
      problems: ['description-unknown'],
      handle: async ({ params }) => ({
        status: 200,
        body: await descriptions.xml(params.id),
        contentType: 'application/xml',
        headers: { 'Content-Disposition': 'attachment', 'Content-Security-Policy': "default-src 'none'; sandbox" },
      }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/descriptions/{id}',
      operationId: 'deleteDescription',
      tag: 'Descriptions',
      summary: 'Delete a device description',
      description: 'Packages that were held against it stay as they are.',
      params: byId,
      responses: { 204: { description: 'It is gone.' } },
      problems: ['description-unknown'],
      handle: async ({ params }) => {
        await descriptions.delete(params.id);
        return { status: 204 };
      },
    }),
  ];
}
