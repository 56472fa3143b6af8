/** The sign of Mesh: four places, each joined to every other. */
export function Mark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden>
      <path
        d="M7 8 25 8 25 24 7 24ZM7 8 25 24M25 8 7 24"
        stroke="var(--accent)"
        strokeWidth="1.8"
        strokeLinejoin="round"
        opacity="0.75"
      />
      <circle cx="7" cy="8" r="4" fill="var(--accent)" />
      <circle cx="25" cy="8" r="4" fill="var(--ok)" />
      <circle cx="25" cy="24" r="4" fill="var(--mention)" />
      <circle cx="7" cy="24" r="4" fill="var(--danger)" />
    </svg>
  );
}
