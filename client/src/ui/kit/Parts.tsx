/** Small pieces that several pages share. */
import { ArrowUpFromLine, Phone } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { groupedFingerprint } from '../../model/devices';
import type { Activity, Presence } from '../../model/rooms';
import { CopyButton } from './CopyButton';
import styles from './kit.module.css';

interface EmptyProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  /** It is the whole page, so its title is the page's heading. */
  readonly page?: boolean;
  readonly children?: ReactNode;
}

export function Empty({ icon, title, text, page = false, children }: EmptyProps) {
  const Title = page ? 'h1' : 'p';
  return (
    <div className={styles.empty}>
      <div className={styles.emptyIcon} aria-hidden>
        {icon}
      </div>
      <Title className={styles.emptyTitle}>{title}</Title>
      <p className={styles.emptyText}>{text}</p>
      {children && <div className={styles.emptyActions}>{children}</div>}
    </div>
  );
}

/** Rows where content will be; invisible for the first 300 ms, so that a quick answer does not flicker. */
export function Skeleton({ rows }: { readonly rows: number }) {
  const { t } = useTranslation();
  return (
    <div className={styles.skeleton} role="status" aria-label={t('common.loading')}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className={styles.skeletonRow}>
          <div className={styles.skeletonBlock} />
          <div className={styles.skeletonLines}>
            <div className={styles.skeletonLine} />
            <div className={styles.skeletonLine} />
          </div>
        </div>
      ))}
    </div>
  );
}

export function CopyField({ label, text }: { readonly label: string; readonly text: string }) {
  const { t } = useTranslation();
  return (
    <div className={styles.copy}>
      <span className={styles.copyLabel}>{label}</span>
      <div className={styles.copyBox}>
        <code className={styles.copyText}>{text}</code>
        <CopyButton label={t('common.copy')} text={text} />
      </div>
    </div>
  );
}

const presenceLooks = {
  online: styles.dotOn,
  away: styles.dotAway,
  dnd: styles.dotBusy,
  offline: '',
} as const;

/** A dot whose shape and colour both tell; the words are there for whoever sees neither. */
export function PresenceDot({ presence }: { readonly presence: Presence }) {
  const { t } = useTranslation();
  const words = t(`presence.${presence}`);
  return (
    <span
      role="img"
      aria-label={words}
      title={words}
      className={[styles.dot, presenceLooks[presence]].filter(Boolean).join(' ')}
    />
  );
}

const activityIcons = { in_call: Phone, sharing: ArrowUpFromLine } as const;

/** What somebody does at this moment, beside how they are. */
export function ActivityNote({ activity }: { readonly activity: Activity }) {
  const { t } = useTranslation();
  const Icon = activityIcons[activity];
  return (
    <span className={styles.activity}>
      <Icon size={12} aria-hidden />
      {t(`activity.${activity}`)}
    </span>
  );
}

export function Tag({ children }: { readonly children: ReactNode }) {
  return <span className={styles.tag}>{children}</span>;
}

export function Fingerprint({ hex }: { readonly hex: string }) {
  return (
    <code className={styles.fingerprint}>
      {groupedFingerprint(hex).map((group, index) => (
        <span key={index}>{group}</span>
      ))}
    </code>
  );
}

interface ChoicesProps<T extends string> {
  readonly label: string;
  readonly options: readonly { readonly value: T; readonly text: string; readonly lang?: string }[];
  readonly value: T;
  readonly onValue: (value: T) => void;
}

/** One of a few, all in sight. Arrow keys move, as in every radio group. */
export function Choices<T extends string>({ label, options, value, onValue }: ChoicesProps<T>) {
  const at = options.findIndex((option) => option.value === value);
  return (
    <div
      role="radiogroup"
      aria-label={label}
      className={styles.choices}
      onKeyDown={(event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        const next = options[(at + (step ?? 0) + options.length) % options.length];
        if (step === undefined || !next) return;
        event.preventDefault();
        onValue(next.value);
        event.currentTarget.querySelectorAll('button')[options.indexOf(next)]?.focus();
      }}
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          lang={option.lang}
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          className={styles.choice}
          onClick={() => {
            onValue(option.value);
          }}
        >
          {option.text}
        </button>
      ))}
    </div>
  );
}
