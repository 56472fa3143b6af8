import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import styles from './button.module.css';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'primary' | 'plain' | 'quiet' | 'danger' | 'quietDanger';
  readonly size?: 'small' | 'usual' | 'wide';
  readonly busy?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
  readonly children: ReactNode;
}

function classes(...names: (string | false | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}

export function Button({ look = 'plain', size = 'usual', busy = false, disabled, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={classes(
        styles.button,
        styles[look],
        size !== 'usual' && styles[size],
        rest.className,
      )}
    />
  );
}

interface IconProps extends Omit<Props, 'children'> {
  /** What it does: shown as a tip and read aloud. */
  readonly label: string;
  readonly icon: ReactNode;
}

export function IconButton({ label, icon, look = 'quiet', className, ...rest }: IconProps) {
  return (
    <Button
      {...rest}
      look={look}
      aria-label={label}
      title={label}
      className={classes(styles.icon, className)}
    >
      {icon}
    </Button>
  );
}

interface LinkProps {
  readonly href: string;
  readonly look?: 'primary' | 'plain' | 'quiet';
  readonly size?: 'small' | 'usual' | 'wide';
  /** Read aloud instead of what it shows. */
  readonly label?: string;
  readonly children: ReactNode;
}

export function ButtonLink({ href, look = 'plain', size = 'usual', label, children }: LinkProps) {
  return (
    <a
      href={href}
      aria-label={label}
      className={classes(styles.button, styles[look], size !== 'usual' && styles[size])}
    >
      {children}
    </a>
  );
}
