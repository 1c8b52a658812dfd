import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import type { Campaign } from './campaign-types.ts';
import { packageQuery } from './queries.ts';
import { termsOf } from './saying.ts';

const words = texts.campaigns.one;

/** What was ordered, in plain words. */
export function TermsPanel({ campaign }: { readonly campaign: Campaign }) {
  const { target, startAt, endAt, state, sealed, deviceVariables } = campaign;
  const kept = [
    ...(sealed.variables ?? []),
    ...(sealed.settings ?? []).map((name) => texts.ota.sections[name as keyof typeof texts.ota.sections] ?? name),
    ...(sealed.pin === true ? [words.sealedPin] : []),
  ];
  const isAhead = state === 'draft' || state === 'scheduled';
  return (
    <Panel title={words.terms} h="100%">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} verticalSpacing="sm">
        <Fact label={words.content}>
          <Content campaign={campaign} />
        </Fact>
        <Fact label={words.target}>
          {target.kind === 'filter' ? (
            <Link to="/devices" search={{ filter: target.filter }}>
              <span className="mono">{target.filter}</span>
            </Link>
          ) : (
            texts.campaigns.wizard.targets[target.kind]
          )}
        </Fact>
        {isAhead && startAt !== undefined && (
          <Fact label={texts.campaigns.wizard.startAt}>
            <Instant at={startAt} />
          </Fact>
        )}
        {isAhead && endAt !== undefined && (
          <Fact label={texts.campaigns.wizard.endAt}>
            <Instant at={endAt} />
          </Fact>
        )}
        {termsOf(campaign).map(({ label, said }) => (
          <Fact key={label} label={label}>
            {said}
          </Fact>
        ))}
        {Object.entries(deviceVariables).map(([name, attribute]) => (
          <Fact key={name} label={texts.campaigns.wizard.variable(name)}>
            {texts.campaigns.wizard.variableFrom.attribute}: {attribute}
          </Fact>
        ))}
        {kept.length > 0 && <Fact label={words.sealed}>{words.sealedSaid(kept)}</Fact>}
      </SimpleGrid>
    </Panel>
  );
}

function Content({ campaign: { content } }: { readonly campaign: Campaign }) {
  const packageId = content.kind === 'discovery' ? undefined : content.packageId;
  const { data } = useQuery({ ...packageQuery(packageId ?? ''), enabled: packageId !== undefined });
  if (content.kind === 'discovery') return `${texts.campaigns.wizard.kinds.discovery} (${content.root})`;
  if (packageId === undefined) return texts.campaigns.wizard.sources.settings;
  return (
    <Link to="/packages/$id" params={{ id: packageId }}>
      {data === undefined ? texts.campaigns.wizard.package : `${data.name} · ${data.revision}`}
    </Link>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <Stack gap={0}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" component="div" className="breaks-anywhere">
        {children}
      </Text>
    </Stack>
  );
}
