import { EmptyState } from '../../parts/empty-state.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { texts } from '../../texts.ts';

const { nav, notYet } = texts.shell;

export function Page() {
  return (
    <Frame title={nav.devices}>
      <EmptyState icon="device" title={notYet.title} hint={notYet.hint} />
    </Frame>
  );
}
