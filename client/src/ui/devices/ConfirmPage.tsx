import { Check, ShieldAlert, ShieldX } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, asApiError } from '../../protocol/api_error';
import { normalizedCode } from '../../model/devices';
import { Resource } from '../../model/resource';
import type { PendingDevice } from '../../protocol/shapes';
import { useAction, useStore, useWorkspace } from '../context';
import { Button, ButtonLink } from '../kit/Button';
import { ErrorNote } from '../kit/ErrorNote';
import { Field } from '../kit/Field';
import { Empty, Fingerprint, Skeleton } from '../kit/Parts';
import row from '../kit/row.module.css';
import { go } from '../navigation';
import { useTimes } from '../texts/time';
import shell from '../shell/shell.module.css';
import styles from './devices.module.css';
import { PageTitle } from '../shell/PageTitle';

/** A machine shows a code; here its owner looks at who asks, and lets it in or not. */
export function ConfirmPage({ code }: { readonly code: string | null }) {
  const { t } = useTranslation();
  const clean = code === null ? null : normalizedCode(code);
  return (
    <div className={shell.page}>
      <PageTitle name={t('confirm.title')} />
      <div className={shell.pageInner}>
        <div>
          <h1>{t('confirm.title')}</h1>
          {clean === null && <p className={shell.pageIntro}>{t('confirm.intro')}</p>}
        </div>
        {clean === null ? <CodeForm typed={code ?? ''} /> : <Question code={clean} />}
      </div>
    </div>
  );
}

function CodeForm({ typed }: { readonly typed: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState(typed);
  const [wrong, setWrong] = useState(typed !== '');
  return (
    <form
      className={`${styles.form} ${styles.narrow}`}
      onSubmit={(event) => {
        event.preventDefault();
        const code = normalizedCode(text);
        if (code === null) setWrong(true);
        else go({ page: 'confirm', code });
      }}
    >
      <Field
        code
        label={t('confirm.code')}
        hint={t('confirm.codeHint')}
        error={wrong ? t('confirm.codeWrong') : null}
        value={text}
        maxLength={16}
        autoComplete="off"
        spellCheck={false}
        required
        autoFocus
        onValue={(value) => {
          setText(value);
          setWrong(false);
        }}
      />
      <Button type="submit" look="primary">
        {t('confirm.look')}
      </Button>
    </form>
  );
}

function Question({ code }: { readonly code: string }) {
  const { rest } = useWorkspace();
  const [lookup] = useState(
    () =>
      new Resource(() =>
        rest.lookUpDevice(code).catch((thrown: unknown) => {
          const error = asApiError(thrown);
          throw error.code === 'not_found' ? new ApiError('expired_code') : error;
        }),
      ),
  );
  const { value, error } = useStore(lookup.state);
  const [answer, setAnswer] = useState<'approved' | 'refused' | null>(null);
  const { t } = useTranslation();
  useEffect(() => void lookup.load(), [lookup]);
  if (error) {
    return (
      <div className={`${styles.form} ${styles.narrow}`}>
        <ErrorNote
          error={error}
          {...(error.code === 'offline' ? { onRetry: () => void lookup.load() } : {})}
        />
        <ButtonLink href="#/devices/confirm">{t('confirm.another')}</ButtonLink>
      </div>
    );
  }
  if (!value) return <Skeleton rows={3} />;
  if (answer) return <Answered device={value} answer={answer} />;
  return <Card code={code} device={value} onAnswer={setAnswer} />;
}

interface CardProps {
  readonly code: string;
  readonly device: PendingDevice;
  readonly onAnswer: (answer: 'approved' | 'refused') => void;
}

function Card({ code, device, onAnswer }: CardProps) {
  const { t } = useTranslation();
  const { rest } = useWorkspace();
  const times = useTimes();
  const action = useAction(async (approve: boolean) => {
    await rest.confirmDevice(code, approve);
    onAnswer(approve ? 'approved' : 'refused');
  });
  return (
    <section className={`${styles.card} ${styles.narrow}`} aria-labelledby="who">
      <h2 id="who">{t('confirm.question')}</h2>
      <dl className={styles.facts}>
        <Fact name={t('confirm.name')}>{nameOf(device)}</Fact>
        <Fact name={t('confirm.id')}>{device.device_id}</Fact>
        <Fact name={t('confirm.address')}>{device.ip ?? '–'}</Fact>
        <Fact name={t('confirm.asked')}>{times.ago(Date.parse(device.created_at))}</Fact>
        <Fact name={t('confirm.fingerprint')}>
          <Fingerprint hex={device.key_sha256} />
          <p className={styles.small}>{t('confirm.compare')}</p>
        </Fact>
      </dl>
      <p className={row.note}>
        <ShieldAlert size={18} aria-hidden />
        {t('confirm.warning')}
      </p>
      {action.error && <ErrorNote error={action.error} />}
      <div className={styles.buttons}>
        <Button look="primary" busy={action.busy} onClick={() => void action.run(true)}>
          {t('confirm.approve')}
        </Button>
        <Button busy={action.busy} onClick={() => void action.run(false)}>
          {t('confirm.refuse')}
        </Button>
      </div>
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function nameOf(device: PendingDevice): string {
  return device.name === null || device.name === '' ? device.device_id : device.name;
}

interface AnsweredProps {
  readonly device: PendingDevice;
  readonly answer: 'approved' | 'refused';
}

function Answered({ device, answer }: AnsweredProps) {
  const { t } = useTranslation();
  const name = nameOf(device);
  return (
    <div role="status">
      <Empty
        icon={answer === 'approved' ? <Check size={26} /> : <ShieldX size={26} />}
        title={t(answer === 'approved' ? 'confirm.approvedTitle' : 'confirm.refusedTitle', {
          name,
        })}
        text={t(answer === 'approved' ? 'confirm.approvedText' : 'confirm.refusedText')}
      >
        <ButtonLink href="#/devices" look="primary">
          {t('confirm.toDevices')}
        </ButtonLink>
        <ButtonLink href="#/devices/confirm">{t('confirm.another')}</ButtonLink>
      </Empty>
    </div>
  );
}
