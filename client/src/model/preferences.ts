/** How a person wants the page to look and speak, kept in this browser profile. */
import type { Storage } from '../protocol/ports';
import { Store } from './store';

export const themes = ['monokai', 'light', 'contrast'] as const;
export type Theme = (typeof themes)[number];
export const languages = ['en', 'fr'] as const;
export type Language = (typeof languages)[number];

export const densities = ['comfortable', 'compact'] as const;
export type Density = (typeof densities)[number];
export const alertKinds = ['all', 'files', 'none'] as const;
/** What the browser shows as a notification while nobody looks at the page; `files`: those that wait for an answer. */
export type AlertKind = (typeof alertKinds)[number];

export interface PreferencesState {
  readonly theme: Theme;
  readonly language: Language;
  readonly density: Density;
  readonly alerts: AlertKind;
}

const themeKey = 'mesh.theme';
const languageKey = 'mesh.language';
const densityKey = 'mesh.density';
const alertsKey = 'mesh.alerts';

export class Preferences {
  readonly state: Store<PreferencesState>;
  readonly #storage: Storage;

  /** `spoken`: the browser's languages, the preferred first ("fr-CA", "en"). */
  constructor(storage: Storage, spoken: readonly string[]) {
    this.#storage = storage;
    const theme = themes.find((it) => it === storage.get(themeKey)) ?? 'monokai';
    const chosen = languages.find((it) => it === storage.get(languageKey));
    const density = densities.find((it) => it === storage.get(densityKey)) ?? 'comfortable';
    const alerts = alertKinds.find((it) => it === storage.get(alertsKey)) ?? 'none';
    this.state = new Store({ theme, language: chosen ?? firstSpoken(spoken), density, alerts });
  }

  setTheme = (theme: Theme): void => {
    this.#storage.set(themeKey, theme);
    this.state.update((state) => ({ ...state, theme }));
  };

  setLanguage = (language: Language): void => {
    this.#storage.set(languageKey, language);
    this.state.update((state) => ({ ...state, language }));
  };

  setDensity = (density: Density): void => {
    this.#storage.set(densityKey, density);
    this.state.update((state) => ({ ...state, density }));
  };

  setAlerts = (alerts: AlertKind): void => {
    this.#storage.set(alertsKey, alerts);
    this.state.update((state) => ({ ...state, alerts }));
  };
}

function firstSpoken(spoken: readonly string[]): Language {
  for (const tag of spoken) {
    const found = languages.find((it) => it === tag.slice(0, 2).toLowerCase());
    if (found) return found;
  }
  return 'en';
}
