import { EmptyState } from '../../parts/empty-state.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { texts } from '../../texts.ts';

const { nav, notYet } = texts.shell;

export function Page() {
  return (
    <Frame title={nav.campaigns}>
      <EmptyState icon="campaign" title={notYet.title} hint={notYet.hint} />
    </Frame>
  );
}
