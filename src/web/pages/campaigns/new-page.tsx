import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { type CampaignValues, START_VALUES } from './campaign-values.ts';
import { readCampaignQuery } from './queries.ts';
import { valuesOf } from './values-of-campaign.ts';
import { Wizard } from './wizard.tsx';

const words = texts.campaigns.wizard;
const route = getRouteApi('/campaigns/new');

/** A new campaign: from nothing, for the devices of a filter, or as another one was. */
export function Page() {
  const may = useMay('operator');
  const { from } = route.useSearch();
  return (
    <Frame
      title={words.title}
      actions={
        <Button variant="default" renderRoot={(props) => <Link to="/campaigns" {...props} />}>
          {texts.campaigns.all}
        </Button>
      }
    >
      {!may ? (
        <EmptyState icon="campaign" title={texts.campaigns.onlyOperators} />
      ) : from === undefined ? (
        <Fresh />
      ) : (
        <Copy id={from} />
      )}
    </Frame>
  );
}

function Fresh() {
  const { filter, packageId } = route.useSearch();
  const initialValues: CampaignValues = {
    ...START_VALUES,
    content: { ...START_VALUES.content, packageId: packageId ?? '' },
    target: { ...START_VALUES.target, filter: filter ?? '' },
  };
  return <Wizard initialValues={initialValues} />;
}

function Copy({ id }: { readonly id: string }) {
  const { data, error, refetch } = useQuery(readCampaignQuery(id));
  if (error !== null) return <ProblemAlert problem={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton h={320} />;
  // Moments that have passed are not meant again.
  const values = { ...valuesOf(data), name: words.copyOf(data.name), startAt: '', endAt: '' };
  return <Wizard initialValues={values} from={data} />;
}
