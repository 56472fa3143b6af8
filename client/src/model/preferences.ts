/** How a person wants the page to look and speak, kept in this browser profile. */
import type { Storage } from '../protocol/ports';
import { Store } from './store';

export const themes = ['monokai', 'light', 'contrast'] as const;
export type Theme = (typeof themes)[number];
export const languages = ['en', 'fr'] as const;
export type Language = (typeof languages)[number];

export interface PreferencesState {
  readonly theme: Theme;
  readonly language: Language;
}

const themeKey = 'mesh.theme';
const languageKey = 'mesh.language';

export class Preferences {
  readonly state: Store<PreferencesState>;
  readonly #storage: Storage;

  /** `spoken`: the browser's languages, the preferred first ("fr-CA", "en"). */
  constructor(storage: Storage, spoken: readonly string[]) {
    this.#storage = storage;
    const theme = themes.find((it) => it === storage.get(themeKey)) ?? 'monokai';
    const chosen = languages.find((it) => it === storage.get(languageKey));
    this.state = new Store({ theme, language: chosen ?? firstSpoken(spoken) });
  }

  setTheme = (theme: Theme): void => {
    this.#storage.set(themeKey, theme);
    this.state.update((state) => ({ ...state, theme }));
  };

  setLanguage = (language: Language): void => {
    this.#storage.set(languageKey, language);
    this.state.update((state) => ({ ...state, language }));
  };
}

function firstSpoken(spoken: readonly string[]): Language {
  for (const tag of spoken) {
    const found = languages.find((it) => it === tag.slice(0, 2).toLowerCase());
    if (found) return found;
  }
  return 'en';
}
