import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Terminal } from '../../model/terminal';
import { suggestible } from '../../model/terminal_input';
import { useStore } from '../context';
import { Button } from '../kit/Button';
import field from '../kit/field.module.css';
import styles from './terminals.module.css';

/** One line for the sharer, who runs it or not. */
export function Suggest({ terminal }: { readonly terminal: Terminal }) {
  const { t } = useTranslation();
  const { suggested } = useStore(terminal.state);
  const [line, setLine] = useState('');
  const wrong = line.trim() !== '' && !suggestible(line);
  const hint = suggested === null ? t('terminals.suggestHint') : '';
  return (
    <form
      className={styles.suggest}
      onSubmit={(event) => {
        event.preventDefault();
        if (!suggestible(line)) return;
        terminal.suggest(line);
        setLine('');
      }}
    >
      <input
        className={`${field.input} ${styles.line}`}
        aria-label={t('terminals.suggest')}
        placeholder={t('terminals.suggest')}
        value={line}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        aria-invalid={wrong || undefined}
        onChange={({ currentTarget }) => {
          setLine(currentTarget.value);
        }}
      />
      <Button type="submit" size="small" disabled={!suggestible(line)}>
        {t('terminals.suggestSend')}
      </Button>
      <p className={styles.suggestNote} role="status">
        {wrong && t('terminals.suggestLong')}
        {!wrong && suggested !== null && t('terminals.suggested', { line: suggested })}
        {!wrong && hint}
      </p>
    </form>
  );
}
