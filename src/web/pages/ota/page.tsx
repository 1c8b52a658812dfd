import { OtaFrame } from './frame.tsx';
import { SendForm } from './send-form.tsx';

/** Settings, field by field. */
export function Page() {
  return (
    <OtaFrame tab="settings">
      <SendForm content={{ source: 'settings' }} />
    </OtaFrame>
  );
}
