import styles from './kit.module.css';

const hues = [styles.hue0, styles.hue1, styles.hue2, styles.hue3, styles.hue4, styles.hue5];

function hueOf(name: string): string {
  // FNV-1a: names that differ in one letter fall far apart.
  let hash = 0x811c9dc5;
  for (const character of name) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hues[hash % hues.length] ?? '';
}

interface Props {
  readonly name: string;
  readonly small?: boolean;
  /** As large as an icon in a list. */
  readonly tiny?: boolean;
}

/** The first letters of a name, always in the same colour. Decoration: the name stands beside it. */
export function Avatar({ name, small = false, tiny = false }: Props) {
  const [first = '?', second = ''] = name.split(/[.\-_ ]+/).filter(Boolean);
  const initials = [...first].slice(0, second ? 1 : 2).join('') + ([...second][0] ?? '');
  return (
    <span
      aria-hidden
      className={[styles.avatar, hueOf(name), small && styles.small, tiny && styles.tiny]
        .filter(Boolean)
        .join(' ')}
    >
      {tiny ? [...initials][0] : initials}
    </span>
  );
}
