import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { NAVIGATION } from './navigation.ts';

/** After `g`, the next key counts for so long. */
const THEN_MS = 1_500;

/**
 * Ctrl (or Command) and `k` find anything, always. `g` and a letter go to a page, `/` to the page's search (whatever has `data-search`), `?` shows the list. Not while
 * somebody types, and not with Ctrl, Alt or Meta, which are the browser's.
 */
export function useShortcuts(showHelp: () => void, find: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let goPressedAt = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key === 'k') {
        event.preventDefault();
        find();
        return;
      }
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
      const isAfterGo = event.timeStamp - goPressedAt < THEN_MS;
      goPressedAt = Number.NEGATIVE_INFINITY;
      if (isAfterGo) {
        const entry = NAVIGATION.find(({ key }) => key === event.key);
        if (entry !== undefined) void navigate({ to: entry.to });
        return;
      }
      if (event.key === 'g') goPressedAt = event.timeStamp;
      else if (event.key === '?') showHelp();
      else if (event.key === '/') {
        const search = document.querySelector<HTMLElement>('[data-search]');
        if (search === null) return;
        event.preventDefault();
        search.focus();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [navigate, showHelp, find]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
