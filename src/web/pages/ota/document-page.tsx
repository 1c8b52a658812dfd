import { OtaFrame } from './frame.tsx';
import { SendForm } from './send-form.tsx';

/** Any document that can be pushed. */
export function Page() {
  return (
    <OtaFrame tab="document">
      <SendForm source="document" />
    </OtaFrame>
  );
}
