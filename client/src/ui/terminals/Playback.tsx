/** The screen of a recording, its controls, and who typed when. */
import { Pause, Play } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Player, speeds } from '../../model/player';
import { markersOf, type Recording } from '../../model/recording';
import { shownTitle } from '../../model/terminal_input';
import { useMesh, useStore } from '../context';
import { Button } from '../kit/Button';
import { OpenLink } from './dialogs';
import { viewKey } from './screen_keys';
import { useXterm } from './use_xterm';
import type { XtermScreen } from './xterm_screen';
import styles from './terminals.module.css';

interface Props {
  readonly name: string;
  readonly recording: Recording;
}

const stepSeconds = 0.1;

/** "1:02:03", "2:03". */
function clockText(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  const rest = `${hours > 0 ? two(minutes) : String(minutes)}:${two(whole % 60)}`;
  return hours > 0 ? `${String(hours)}:${rest}` : rest;
}

export function Playback({ name, recording }: Props) {
  const { t } = useTranslation();
  const { clock } = useMesh();
  const place = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [player, setPlayer] = useState<Player | null>(null);
  const [link, setLink] = useState<string | null>(null);
  const screen: XtermScreen | null = useXterm(frame, place, recording, {
    typed: () => undefined,
    pasted: () => undefined,
    title: () => undefined,
    found: () => undefined,
    key: (event) => {
      if (screen && event.type === 'keydown') viewKey(event, screen);
      return false;
    },
    link: setLink,
    made: (it) => {
      setPlayer(new Player(recording, it, clock));
    },
  });
  useEffect(
    () => () => {
      player?.end();
    },
    [player],
  );
  return (
    <>
      {player && <Controls player={player} />}
      <section
        ref={frame}
        className={styles.frame}
        aria-label={t('terminals.replay.screen', { name })}
      >
        <div ref={place} className={styles.screen} />
      </section>
      {player && <Markers recording={recording} player={player} />}
      {link !== null && (
        <OpenLink
          address={link}
          onClose={() => {
            setLink(null);
          }}
        />
      )}
    </>
  );
}

function Controls({ player }: { readonly player: Player }) {
  const { t } = useTranslation();
  const markerText = useMarkerText();
  const { playing, position, speed, marker } = useStore(player.state);
  const [at, all] = [clockText(position), clockText(player.length)];
  return (
    <div className={styles.player} role="group" aria-label={t('terminals.replay.controls')}>
      <Button
        look="primary"
        size="small"
        onClick={() => {
          if (playing) player.pause();
          else player.play();
        }}
      >
        {playing ? <Pause size={16} aria-hidden /> : <Play size={16} aria-hidden />}
        {t(playing ? 'terminals.replay.pause' : 'terminals.replay.play')}
      </Button>
      <input
        className={styles.position}
        type="range"
        min={0}
        max={player.length}
        step={stepSeconds}
        value={position}
        aria-label={t('terminals.replay.position')}
        aria-valuetext={t('terminals.replay.at', { at, all })}
        onChange={({ target }) => {
          player.seek(Number(target.value));
        }}
      />
      <span className={styles.left}>{t('terminals.replay.at', { at, all })}</span>
      <select
        className={styles.minutes}
        aria-label={t('terminals.replay.speed')}
        value={speed}
        onChange={({ target }) => {
          player.setSpeed(Number(target.value));
        }}
      >
        {speeds.map((it) => (
          <option key={it} value={it}>
            {t('terminals.replay.times', { speed: it })}
          </option>
        ))}
      </select>
      {marker !== '' && <strong role="status">{markerText(marker)}</strong>}
    </div>
  );
}

/** mesh-agent marks who types; other programs mark what they like. */
function useMarkerText(): (marker: string) => string {
  const { t } = useTranslation();
  return (marker) => {
    const name = /^(.+) types$/.exec(marker)?.[1];
    return shownTitle(name === undefined ? marker : t('terminals.badge.types', { name }));
  };
}

function Markers({
  recording,
  player,
}: {
  readonly recording: Recording;
  readonly player: Player;
}) {
  const { t } = useTranslation();
  const markerText = useMarkerText();
  const { position } = useStore(player.state);
  const marks = markersOf(recording);
  const now = marks.findLastIndex(({ at }) => at <= position);
  if (marks.length === 0) return null;
  return (
    <ul className={styles.marks} aria-label={t('terminals.replay.authors')}>
      {marks.map(({ at, text }, index) => (
        <li key={index}>
          <Button
            size="small"
            aria-current={index === now || undefined}
            onClick={() => {
              player.seek(at);
            }}
          >
            {t('terminals.replay.jump', { time: clockText(at), text: markerText(text) })}
          </Button>
        </li>
      ))}
    </ul>
  );
}
