import type { CampaignState } from '../../domain/campaign.ts';
import type { CampaignTerms } from '../../domain/campaign-terms.ts';
import type { Campaign, CampaignDefinition, CampaignSecrets } from '../../services/ports/campaign-store.ts';
import type { SecretBox } from '../../services/ports/secret-box.ts';

/** Whoever schedules campaigns listens on this channel. */
export const CAMPAIGN_CHANNEL = 'omadm_campaign';

/** What {@link campaignOf} takes, of a campaign that the query calls `c`. */
export const CAMPAIGN_COLUMNS = `c.id, c.name, c.state, c.reason, c.definition, c.needs_approval, c.created_by, c.changed_by,
  c.approved_by, c.approved_at, c.created_at, c.updated_at, c.started_at, c.ended_at, c.joined, c.scanned_at, c.version`;

export interface CampaignRow {
  readonly id: string;
  readonly name: string;
  readonly state: CampaignState;
  readonly reason: string | null;
  readonly definition: StoredDefinition;
  readonly needs_approval: boolean;
  readonly created_by: string;
  readonly changed_by: string;
  readonly approved_by: string | null;
  readonly approved_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly joined: number;
  readonly scanned_at: Date | null;
  readonly version: number;
}

/** As JSON has it: instants are texts. */
type StoredDefinition = Omit<CampaignDefinition, 'terms'> & {
  readonly terms: Omit<CampaignTerms, 'startAt' | 'endAt'> & { readonly startAt?: string; readonly endAt?: string };
};

export function campaignOf(row: CampaignRow): Campaign {
  const { startAt, endAt, ...terms } = row.definition.terms;
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    ...(row.reason !== null && { reason: row.reason }),
    definition: {
      ...row.definition,
      terms: {
        ...terms,
        ...(startAt !== undefined && { startAt: new Date(startAt) }),
        ...(endAt !== undefined && { endAt: new Date(endAt) }),
      },
    },
    createdBy: row.created_by,
    changedBy: row.changed_by,
    ...(row.approved_by !== null && { approvedBy: row.approved_by }),
    ...(row.approved_at !== null && { approvedAt: row.approved_at }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    targets: row.joined,
    isComplete: row.scanned_at !== null,
  };
}

/** The columns that follow from a definition, by name. */
export function definitionColumns(definition: CampaignDefinition): readonly (readonly [string, unknown])[] {
  const { content, terms, needsApproval } = definition;
  return [
    ['kind', content.kind],
    ['definition', JSON.stringify(definition)],
    ['package_id', content.kind === 'discovery' ? null : (content.packageId ?? null)],
    ['priority', terms.priority],
    ['retry', terms.retry === undefined ? null : JSON.stringify(terms.retry)],
    ['success_at', content.kind === 'push' ? content.successAt : null],
    ['needs_approval', needsApproval],
    ['start_at', terms.startAt ?? null],
    ['end_at', terms.endAt ?? null],
  ];
}

/** Null when there are none. */
export function sealCampaignSecrets(box: SecretBox, secrets: CampaignSecrets): Uint8Array | null {
  const text = JSON.stringify(secrets);
  return text === '{}' ? null : box.seal(Buffer.from(text));
}

export function openCampaignSecrets(box: SecretBox, sealed: Uint8Array | null): CampaignSecrets {
  return sealed === null ? {} : (JSON.parse(Buffer.from(box.open(sealed)).toString('utf8')) as CampaignSecrets);
}
