import { z } from 'zod';
import type { LinkSettings } from '../../../domain/link.ts';
import type { Links, LinkView } from '../../../services/links.ts';
import { defineRoute, type Route, type RouteReply } from '../route.ts';
import {
  LINK_EXAMPLE,
  linkListSchema,
  linkPatchOf,
  linkPatchSchema,
  linkProbeSchema,
  linkSchema,
  NEW_LINK_EXAMPLE,
  newLinkSchema,
  presentLink,
} from '../schemas/link.ts';

const byId = z.strictObject({
  id: z.string().meta({
    description: 'URL-encoded; links of SMPP_URL have their name as id.',
    examples: ['0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6a'],
  }),
});

const oneLink = {
  description: 'The link. Its password is not in it.',
  content: { mediaType: 'application/json', schema: linkSchema, example: LINK_EXAMPLE },
  headers: { ETag: 'Its version, for `If-Match`; links of SMPP_URL have none.' },
};

export function linkRoutes(links: Links): readonly Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/links',
      operationId: 'createLink',
      tag: 'Links',
      role: 'admin',
      summary: 'Make a link to an SMS centre',
      description: 'Every server process binds it at once, unless it is not enabled.',
      body: { kind: 'json', schema: newLinkSchema, examples: { link: NEW_LINK_EXAMPLE } },
      idempotent: true,
      responses: { 201: { ...oneLink, headers: { ...oneLink.headers, Location: 'Where the link is.' } } },
      problems: ['link-exists', 'link-unsuitable'],
      handle: async ({ body: { name, enabled, ...settings } }) => {
        const link = await links.create({
          name,
          ...(enabled === undefined ? {} : { enabled }),
          settings: settings as Partial<LinkSettings> & typeof settings,
        });
        return reply(link, 201, { Location: `/api/v1/links/${link.id}` });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/links',
      operationId: 'listLinks',
      tag: 'Links',
      summary: 'All links, those of SMPP_URL first, and how each is doing',
      responses: {
        200: {
          description: 'All of them on one page.',
          content: { mediaType: 'application/json', schema: linkListSchema, example: { items: [LINK_EXAMPLE] } },
        },
      },
      handle: async () => ({ status: 200, body: { items: (await links.list()).map(presentLink) } }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/links/{id}',
      operationId: 'getLink',
      tag: 'Links',
      summary: 'One link',
      params: byId,
      responses: { 200: oneLink },
      problems: ['link-unknown'],
      handle: async ({ params }) => reply(await links.get(params.id)),
    }),
    defineRoute({
      method: 'patch',
      path: '/api/v1/links/{id}',
      operationId: 'updateLink',
      tag: 'Links',
      role: 'admin',
      summary: 'Change a link',
      description:
        'Takes effect in every server process without a restart. Prefixes, weight and rate change under way; anything ' +
        'else makes new connections, while what is on its way over the old ones still ends.',
      params: byId,
      body: {
        kind: 'json',
        schema: linkPatchSchema,
        mediaTypes: ['application/json', 'application/merge-patch+json'],
        examples: { slower: { ratePerSecond: 20, ca: null }, off: { enabled: false } },
      },
      conditional: true,
      responses: { 200: oneLink },
      problems: ['link-unknown', 'link-fixed', 'link-exists', 'link-unsuitable'],
      handle: async ({ params, body, version }) => reply(await links.update(params.id, linkPatchOf(body), version)),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/links/{id}',
      operationId: 'deleteLink',
      tag: 'Links',
      role: 'admin',
      summary: 'Take a link away; what waits for it finds another, or waits for one',
      params: byId,
      conditional: true,
      responses: { 204: { description: 'It is gone.' } },
      problems: ['link-unknown', 'link-fixed'],
      handle: async ({ params, version }) => {
        await links.delete(params.id, version);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/links/{id}/test',
      operationId: 'testLink',
      tag: 'Links',
      role: 'admin',
      summary: 'Bind once with its settings, and unbind',
      description:
        'Beside what is bound already: an SMSC that allows one bind only refuses it with ESME_RALYBND (0x00000005).',
      params: byId,
      responses: {
        200: {
          description: 'What came of it, good or bad.',
          content: {
            mediaType: 'application/json',
            schema: linkProbeSchema,
            example: {
              ok: false,
              detail: 'the SMSC refused the bind: the password is wrong (ESME_RINVPASWD, 0x0000000e)',
              durationMs: 31,
            },
          },
        },
      },
      problems: ['link-unknown'],
      handle: async ({ params }) => ({ status: 200, body: await links.test(params.id) }),
    }),
  ];
}

function reply(link: LinkView, status = 200, headers: Readonly<Record<string, string>> = {}): RouteReply {
  const tag = link.version === undefined ? {} : { ETag: `"${link.version}"` };
  return { status, headers: { ...headers, ...tag }, body: presentLink(link) };
}
