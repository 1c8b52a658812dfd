import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Panel } from '../../parts/panel.tsx';
import { texts } from '../../texts.ts';
import { type CampaignValues, newCampaignOf } from './campaign-values.ts';
import { packagesQuery } from './queries.ts';
import { termsOf } from './saying.ts';

const words = texts.campaigns.wizard;

/** What has been said so far, in plain words. */
export function WizardSummary({ values, file }: { readonly values: CampaignValues; readonly file: File | null }) {
  const { kind, source, packageId } = values.content;
  const { data } = useQuery({ ...packagesQuery(kind === 'package' ? ['dm'] : ['cp', 'push']), enabled: false });
  const chosen = data?.find(({ id }) => id === packageId);
  const { target } = values;
  const listed = target.devices.split(/[\s,;]+/).filter((one) => one !== '').length;
  const what =
    kind === 'discovery'
      ? `${words.kinds.discovery} ${values.content.root}`
      : source === 'package' || kind === 'package'
        ? chosen === undefined
          ? words.notYet
          : `${chosen.name} · ${chosen.revision}`
        : words.sources[source];
  const whom =
    target.kind === 'all'
      ? words.targets.all
      : target.kind === 'filter'
        ? target.filter || words.notYet
        : (file?.name ?? (listed === 0 ? words.notYet : words.someDevices(listed)));
  const when =
    values.startAt === ''
      ? words.startsByHand
      : new Date(values.startAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  const rows = [
    { label: texts.campaigns.one.content, said: what },
    { label: texts.campaigns.one.target, said: whom },
    { label: words.startAt, said: when },
    ...termsOf(orderOf(values)),
  ];
  return (
    <Panel title={words.summary}>
      <dl className="said">
        {rows.map(({ label, said }) => (
          <div key={label}>
            <Text component="dt" size="xs" c="dimmed">
              {label}
            </Text>
            <Text component="dd" size="sm" m={0} className="breaks-anywhere">
              {said}
            </Text>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

/** Half typed instants are none yet. */
function orderOf(values: CampaignValues): ReturnType<typeof newCampaignOf> {
  return newCampaignOf({ ...values, startAt: '', endAt: '', settings: { name: '' } });
}
