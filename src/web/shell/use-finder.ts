import { type ComponentType, useCallback, useState } from 'react';
import { toastFault } from '../parts/toast.ts';

/** The finder, loaded when it is first wanted. @returns how to open it, and what has to be rendered for it */
export function useFinder(): { readonly open: () => void; readonly Finder: ComponentType | undefined } {
  const [loaded, setLoaded] = useState<typeof import('./finder.tsx')>();
  const open = useCallback(() => {
    if (loaded !== undefined) loaded.openFinder();
    // It opens itself when it comes into the page.
    else import('./finder.tsx').then(setLoaded).catch(toastFault);
  }, [loaded]);
  return { open, Finder: loaded?.Finder };
}
