import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../parts/empty-state.tsx';
import { Page } from '../parts/page.tsx';
import { texts } from '../texts.ts';

const { notFound } = texts.shell;

export function NotFound() {
  return (
    <Page title={notFound.title}>
      <EmptyState icon="search" title={notFound.title} hint={notFound.hint}>
        <Button renderRoot={(props) => <Link to="/" {...props} />}>{notFound.home}</Button>
      </EmptyState>
    </Page>
  );
}
