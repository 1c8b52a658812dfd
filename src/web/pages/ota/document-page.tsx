import { getRouteApi } from '@tanstack/react-router';
import { OtaFrame } from './frame.tsx';
import { SendForm } from './send-form.tsx';

const route = getRouteApi('/ota/document');

/** Any document that can be pushed: typed here, from a file, or a stored package that the address names. */
export function Page() {
  const { package: packageId } = route.useSearch();
  return (
    <OtaFrame tab="document">
      <SendForm
        key={packageId ?? ''}
        content={packageId === undefined ? { source: 'document' } : { source: 'package', packageId }}
      />
    </OtaFrame>
  );
}
