import {
  ArrowDownUp,
  CircleDot,
  Hash,
  Keyboard,
  KeyRound,
  Laptop,
  MessageCircle,
  Palette,
  Plus,
  SquareTerminal,
  UserRound,
} from 'lucide-react';
import { useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { statusChoices } from '../../model/attendance';
import { themes } from '../../model/preferences';
import { acquaintances, isDirect } from '../../model/rooms';
import { useMesh, useStore, useWorkspace } from '../context';
import { Dialog } from '../kit/Dialog';
import { go } from '../navigation';
import { useDirect } from '../room/direct';
import styles from './overlay.module.css';

interface Choice {
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  readonly icon: ReactNode;
  readonly run: () => void;
}

interface Props {
  readonly onClose: () => void;
  readonly onCreate: () => void;
  readonly onKeys: () => void;
}

/** Letters without accents and case, so that "elodie" finds "Élodie". */
function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

function useChoices({ onCreate, onKeys }: Props): Choice[] {
  const { t } = useTranslation();
  const { preferences } = useMesh();
  const { rooms: known, user, attendance } = useWorkspace();
  const state = useStore(known);
  const openDirect = useDirect();
  const named = new Set(state.rooms.filter(isDirect).map((room) => room.name));
  const page = t('switcher.page');
  const action = t('switcher.action');
  const choices: Choice[] = [
    ...state.rooms.map((room) => ({
      key: room.id,
      name: room.name,
      kind: t(isDirect(room) ? 'switcher.person' : 'switcher.room'),
      icon: isDirect(room) ? <MessageCircle size={17} /> : <Hash size={17} />,
      run: () => {
        go({ page: 'room', roomId: room.id });
      },
    })),
    ...acquaintances(state, user.id)
      .filter((person) => !named.has(person.username))
      .map((person) => ({
        key: person.user_id,
        name: t('direct.write', { name: person.username }),
        kind: t('switcher.person'),
        icon: <MessageCircle size={17} />,
        run: () => void openDirect(person.username),
      })),
    {
      key: 'devices',
      name: t('nav.devices'),
      kind: page,
      icon: <Laptop size={17} />,
      run: () => {
        go({ page: 'devices' });
      },
    },
    {
      key: 'transfers',
      name: t('nav.transfers'),
      kind: page,
      icon: <ArrowDownUp size={17} />,
      run: () => {
        go({ page: 'transfers' });
      },
    },
    {
      key: 'terminals',
      name: t('nav.terminals'),
      kind: page,
      icon: <SquareTerminal size={17} />,
      run: () => {
        go({ page: 'terminals' });
      },
    },
    {
      key: 'confirm',
      name: t('switcher.confirm'),
      kind: page,
      icon: <KeyRound size={17} />,
      run: () => {
        go({ page: 'confirm', code: null });
      },
    },
    {
      key: 'account',
      name: t('nav.account'),
      kind: page,
      icon: <UserRound size={17} />,
      run: () => {
        go({ page: 'account' });
      },
    },
    {
      key: 'create',
      name: t('nav.newRoom'),
      kind: action,
      icon: <Plus size={17} />,
      run: onCreate,
    },
    {
      key: 'keys',
      name: t('switcher.keys'),
      kind: action,
      icon: <Keyboard size={17} />,
      run: onKeys,
    },
    ...statusChoices.map((status) => ({
      key: status,
      name: t('switcher.status', { status: t(`presence.${status}`) }),
      kind: action,
      icon: <CircleDot size={17} />,
      run: () => {
        attendance.choose(status);
      },
    })),
    ...themes.map((theme) => ({
      key: theme,
      name: `${t('common.theme')}: ${t(`theme.${theme}`)}`,
      kind: action,
      icon: <Palette size={17} />,
      run: () => {
        preferences.setTheme(theme);
      },
    })),
  ];
  // A guest without an account has one room and no machines.
  return user.guest === true ? choices.filter((choice) => !forPeople.has(choice.key)) : choices;
}

const forPeople = new Set(['devices', 'confirm', 'create']);

/** Ctrl-K: rooms, pages and actions by name. */
export function Switcher(props: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = useChoices(props).filter((choice) => plain(choice.name).includes(plain(text)));
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    props.onClose();
    choice.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      const next = (at + step + found.length) % found.length;
      setAt(next);
      document.getElementById(`${id}-${String(next)}`)?.scrollIntoView({ block: 'nearest' });
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      take(found[at]);
    }
  };
  return (
    <Dialog title={t('switcher.title')} onClose={props.onClose}>
      <input
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={found[at] ? `${id}-${String(at)}` : undefined}
        aria-label={t('switcher.label')}
        placeholder={t('switcher.label')}
        className={styles.switcherInput}
        value={text}
        onKeyDown={onKey}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
      />
      <ul
        id={`${id}-list`}
        role="listbox"
        aria-label={t('switcher.title')}
        className={styles.switcherList}
      >
        {found.map((choice, index) => (
          <li
            key={choice.key}
            id={`${id}-${String(index)}`}
            role="option"
            aria-selected={index === at}
            className={styles.option}
            onMouseMove={() => {
              setAt(index);
            }}
            onClick={() => {
              take(choice);
            }}
          >
            {choice.icon}
            <span className={styles.optionName}>{choice.name}</span>
            <span className={styles.optionKind}>{choice.kind}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={styles.none}>{t('switcher.none', { text })}</p>}
    </Dialog>
  );
}
