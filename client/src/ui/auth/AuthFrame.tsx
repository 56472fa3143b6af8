import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { languages } from '../../model/preferences';
import { useMesh, useStore } from '../context';
import { Mark } from '../kit/Mark';
import { Choices } from '../kit/Parts';
import styles from './auth.module.css';

export const languageNames = { en: 'English', fr: 'Français' } as const;

/** The page around every form that is shown before one is signed in. */
export function AuthFrame({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  const { preferences } = useMesh();
  const { language } = useStore(preferences.state);
  return (
    <div className={styles.frame}>
      <title>{`${title} · Mesh`}</title>
      <main className={styles.middle}>
        <div className={styles.brand}>
          <Mark size={44} />
          <p className={styles.brandName}>{t('app.name')}</p>
          <p className={styles.tagline}>{t('app.tagline')}</p>
        </div>
        <section className={styles.card}>
          <h1>{title}</h1>
          {children}
        </section>
      </main>
      <footer className={styles.foot}>
        <Choices
          label={t('common.language')}
          value={language}
          onValue={preferences.setLanguage}
          options={languages.map((it) => ({ value: it, text: languageNames[it], lang: it }))}
        />
      </footer>
    </div>
  );
}
