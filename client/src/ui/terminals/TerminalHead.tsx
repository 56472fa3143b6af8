/** What a row of a list of terminals begins with. */
import { SquareTerminal } from 'lucide-react';
import type { ReactNode } from 'react';
import row from '../kit/row.module.css';
import styles from './terminals.module.css';

interface Props {
  readonly name: string;
  readonly facts: readonly string[];
  readonly children?: ReactNode;
}

export function TerminalHead({ name, facts, children }: Props) {
  return (
    <>
      <span className={row.glyph}>
        <SquareTerminal size={18} aria-hidden />
      </span>
      <div className={styles.what}>
        <p className={row.name}>{name}</p>
        <p className={row.meta}>{facts.join(' · ')}</p>
        {children}
      </div>
    </>
  );
}
