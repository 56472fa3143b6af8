/** A QR code as one SVG path: dark on white in every theme, since cameras expect it so. */
import encodeQR from 'qr';
import styles from './qr.module.css';

interface Props {
  readonly text: string;
  readonly label: string;
}

export default function QrImage({ text, label }: Props) {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 4 });
  const size = String(rows.length);
  const path = rows
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${String(x)} ${String(y)}h1v1h-1z` : '')))
    .join('');
  return (
    <svg
      className={styles.qr}
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
    >
      <path className={styles.modules} d={path} />
    </svg>
  );
}
