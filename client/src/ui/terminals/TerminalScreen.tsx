/** The screen itself, and what a person does with it. */
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Terminal } from '../../model/terminal';
import { hasLines, pastable, shownTitle } from '../../model/terminal_input';
import { useStore, useWorkspace } from '../context';
import { AskPaste, OpenLink } from './dialogs';
import { FindBar } from './FindBar';
import { KeysRow } from './KeysRow';
import { Tools } from './Tools';
import { withControl, viewKey } from './screen_keys';
import { useXterm } from './use_xterm';
import type { XtermScreen } from './xterm_screen';
import styles from './terminals.module.css';

interface Props {
  readonly terminal: Terminal;
  readonly onTitle: (title: string) => void;
}

type Question =
  | { readonly kind: 'link'; readonly address: string }
  | { readonly kind: 'paste'; readonly text: string };

export function TerminalScreen({ terminal, onTitle }: Props) {
  const { t } = useTranslation();
  const { report, keyboard } = useStore(terminal.state);
  const { terminals } = useWorkspace();
  const look = useStore(terminals.look);
  const place = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const [finding, setFinding] = useState(false);
  const [finds, setFinds] = useState({ at: 0, count: 0 });
  const [control, setControl] = useState(false);
  const mine = keyboard.state === 'mine';

  const screen: XtermScreen | null = useXterm(frame, place, terminal, {
    typed: (text) => {
      const keys = control ? withControl(text) : text;
      if (control) setControl(false);
      screen?.foresee(keys);
      terminal.type(new TextEncoder().encode(keys));
    },
    pasted: (text) => {
      if (!mine || text === '') return;
      if (hasLines(text)) setQuestion({ kind: 'paste', text: pastable(text) });
      else screen?.paste(text);
    },
    key: (event) => {
      if (event.type !== 'keydown' || !screen) return mine;
      const command = event.ctrlKey || event.metaKey;
      if (mine && command && event.code === 'BracketRight') {
        document.getElementById('terminal-tools')?.querySelector('button')?.focus();
        event.preventDefault();
        return false;
      }
      if (command && event.code === 'KeyF' && (!mine || event.shiftKey)) {
        setFinding(true);
        event.preventDefault();
        return false;
      }
      if (mine) return true;
      viewKey(event, screen);
      return false;
    },
    title: (title) => {
      onTitle(shownTitle(title));
    },
    link: (address) => {
      setQuestion({ kind: 'link', address });
    },
    found: (index, count) => {
      setFinds({ at: index, count });
    },
    made: (it) => {
      terminal.drawOn(it);
    },
  });

  useEffect(() => {
    screen?.takeKeys(mine);
    if (mine) screen?.focus();
  }, [screen, mine]);
  useEffect(() => {
    screen?.roundTrip(report.roundTrip);
  }, [screen, report.roundTrip]);
  const askSize = () => {
    if (screen && frame.current) terminal.askSize(screen.room(frame.current, look.fontPixels));
  };
  const stopFinding = () => {
    screen?.stopFinding();
    setFinding(false);
    screen?.focus();
  };
  const close = () => {
    setQuestion(null);
    screen?.focus();
  };
  return (
    <>
      <div id="terminal-tools" className={styles.toolsRow}>
        <Tools
          screen={screen}
          onFind={() => {
            setFinding(true);
          }}
          onAskSize={report.phase === 'open' ? askSize : undefined}
        />
        {finding && screen && <FindBar screen={screen} finds={finds} onClose={stopFinding} />}
      </div>
      <section
        ref={frame}
        className={styles.frame}
        aria-label={t('terminals.screen', { name: terminal.place.name })}
        data-mine={mine || undefined}
      >
        <div ref={place} className={styles.screen} />
        {report.hidden && (
          <div className={styles.curtain} role="status">
            <strong>{t('terminals.hidden')}</strong>
            <span>{t('terminals.hiddenText')}</span>
          </div>
        )}
      </section>
      {mine && screen && <KeysRow screen={screen} control={control} onControl={setControl} />}
      {question?.kind === 'link' && <OpenLink address={question.address} onClose={close} />}
      {question?.kind === 'paste' && (
        <AskPaste
          text={question.text}
          machine={terminal.place.machine}
          onPaste={() => {
            screen?.paste(question.text);
          }}
          onClose={close}
        />
      )}
    </>
  );
}
