import styles from './progress.module.css';

interface Props {
  readonly label: string;
  /** From 0 to 1. */
  readonly part: number;
  /** It waits or has stopped. */
  readonly still?: boolean;
}

export function ProgressBar({ label, part, still = false }: Props) {
  return (
    <progress
      className={still ? `${styles.bar} ${styles.still}` : styles.bar}
      aria-label={label}
      max={100}
      value={Math.floor(part * 100)}
    />
  );
}
