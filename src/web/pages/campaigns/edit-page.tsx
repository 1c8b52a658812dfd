import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMay } from '../../api/session.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { readCampaignQuery } from './queries.ts';
import { valuesOf } from './values-of-campaign.ts';
import { Wizard } from './wizard.tsx';

const words = texts.campaigns.wizard;
const route = getRouteApi('/campaigns/$id/edit');

/** A draft is changed as it was read: never over what somebody else has made of it meanwhile. */
export function Page() {
  const { id } = route.useParams();
  const may = useMay('operator');
  const { data, error, refetch, dataUpdatedAt } = useQuery(readCampaignQuery(id));
  return (
    <Frame
      title={words.editTitle}
      hint={data?.name}
      actions={
        <Button variant="default" renderRoot={(props) => <Link to="/campaigns/$id" params={{ id }} {...props} />}>
          {words.leave}
        </Button>
      }
    >
      {error !== null && <ProblemAlert problem={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton h={320} />}
      {data !== undefined &&
        (!may ? (
          <EmptyState icon="campaign" title={texts.campaigns.onlyOperators} />
        ) : data.state !== 'draft' ? (
          <EmptyState icon="campaign" title={words.onlyDrafts} hint={words.onlyDraftsHint} />
        ) : (
          // Read anew, it is a new form.
          <Wizard
            key={dataUpdatedAt}
            initialValues={valuesOf(data)}
            from={data}
            isEdit
            onReload={() => void refetch()}
          />
        ))}
    </Frame>
  );
}
