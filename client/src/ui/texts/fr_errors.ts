import type { errors as english } from './en_errors';

export const errors: typeof english = {
  offline: {
    cause: 'Le serveur ne répond pas.',
    next: 'Vérifiez qu’il tourne et que le réseau marche, puis réessayez.',
  },
  bad_answer: {
    cause: 'Le serveur a répondu d’une façon que cette page ne comprend pas.',
    next: 'Rechargez la page : elle est peut-être plus ancienne que le serveur.',
  },
  internal: {
    cause: 'Quelque chose a échoué sans raison connue.',
    next: 'Réessayez ; si cela dure, consultez le journal du serveur.',
  },
  server_error: {
    cause: 'Le serveur n’a pas pu répondre.',
    next: 'Réessayez dans un instant ; son journal dit pourquoi.',
  },
  timed_out: { cause: 'Le serveur a mis trop de temps.', next: 'Réessayez.' },
  invalid_credentials: {
    cause: 'Le nom et le mot de passe ne vont pas ensemble.',
    next: 'Vérifiez les deux et réessayez.',
  },
  wrong_password: {
    cause: 'Le mot de passe actuel n’est pas le bon.',
    next: 'Saisissez-le de nouveau.',
  },
  setup_link: {
    cause: 'Ce lien d’installation n’est pas valable.',
    next: 'Prenez le dernier lien affiché par le serveur.',
  },
  unauthorized: {
    cause: 'Aucune connexion n’est ouverte ici.',
    next: 'Connectez-vous de nouveau.',
  },
  token_expired: { cause: 'Votre connexion a expiré.', next: 'Connectez-vous de nouveau.' },
  forbidden: {
    cause: 'Vous n’en avez pas le droit.',
    next: 'Demandez à un propriétaire du salon.',
  },
  invitation_required: {
    cause: 'On entre sur ce serveur par invitation.',
    next: 'Ouvrez le lien que vous avez reçu, ou demandez-en un à quelqu’un d’ici.',
  },
  invitation_invalid: {
    cause: 'L’invitation a déjà servi, a expiré ou n’existe pas.',
    next: 'Demandez un nouveau lien à qui vous l’a envoyée.',
  },
  username_taken: { cause: 'Ce nom est déjà pris.', next: 'Choisissez-en un autre.' },
  password_too_short: {
    cause: 'Le mot de passe est trop court.',
    next: 'Prenez au moins 8 caractères.',
  },
  field_missing: { cause: 'Il manque quelque chose.', next: 'Remplissez tous les champs.' },
  field_invalid: {
    cause: 'Cette valeur ne convient pas.',
    next: 'Lisez l’indication et corrigez.',
  },
  field_type: { cause: 'Cette valeur ne convient pas.', next: 'Corrigez-la et réessayez.' },
  field_too_long: { cause: 'C’est trop long.', next: 'Raccourcissez.' },
  field_too_short: { cause: 'C’est trop court.', next: 'Allongez un peu.' },
  too_large: {
    cause: 'C’est trop volumineux.',
    next: 'Raccourcissez ou envoyez en plusieurs fois.',
  },
  relay_off: {
    cause: 'Le serveur ne transmet pas de connexions.',
    next: 'Adressez-vous à son administrateur, ou passez par un réseau où cette page atteint la machine.',
  },
  relay_quota: {
    cause: 'Le serveur a transmis aujourd’hui tout ce qu’il peut pour vous.',
    next: 'Attendez demain (UTC), ou passez par un réseau où cette page atteint la machine.',
  },
  rate_limited: { cause: 'Trop d’essais.', next: 'Attendez un instant, puis réessayez.' },
  rate_limited_for: {
    cause: 'Trop d’essais.',
    next_one: 'Réessayez dans {{count}} seconde.',
    next_other: 'Réessayez dans {{count}} secondes.',
  },
  busy: { cause: 'Occupé pour le moment.', next: 'Réessayez dans un instant.' },
  conflict: {
    cause: 'Quelqu’un a changé cela en même temps.',
    next: 'Regardez de nouveau, puis recommencez.',
  },
  not_found: { cause: 'Cela n’existe plus.', next: 'Revenez en arrière et regardez de nouveau.' },
  last_owner: {
    cause: 'Vous êtes l’unique propriétaire d’un salon où d’autres sont présents.',
    next: 'Nommez un autre propriétaire, ou supprimez le salon.',
  },
  already_member: { cause: 'Vous êtes déjà dans ce salon.', next: 'Ouvrez-le dans votre liste.' },
  not_member: { cause: 'Vous n’êtes pas dans ce salon.', next: 'Demandez une invitation.' },
  room_full: { cause: 'Le salon est complet.', next: 'Il faut d’abord que quelqu’un le quitte.' },
  room_locked: {
    cause: 'Le salon est verrouillé : personne ne peut y entrer pour le moment.',
    next: 'Demandez à un propriétaire de le déverrouiller.',
  },
  direct_room: {
    cause: 'Une conversation à deux reste entre ces deux personnes.',
    next: 'Créez un salon pour être plus nombreux.',
  },
  setup_done: { cause: 'Ce serveur est déjà installé.', next: 'Connectez-vous.' },
  expired_code: {
    cause: 'Le code est faux ou a expiré.',
    next: 'Recommencez sur la machine : elle affiche un nouveau code.',
  },
  access_denied: { cause: 'La demande a été refusée.', next: 'Recommencez sur la machine.' },
  device_taken: {
    cause: 'Cet appareil appartient à quelqu’un d’autre.',
    next: 'Donnez un autre nom à la machine.',
  },
  device_revoked: { cause: 'Cet appareil a été révoqué.', next: 'Connectez-vous de nouveau.' },
  device_proof_invalid: {
    cause: 'Ce navigateur n’a pas pu prouver sa clé.',
    next: 'Rechargez la page ; la discussion marche sans elle.',
  },
  origin_refused: {
    cause: 'Le serveur refuse les demandes venant de cette adresse.',
    next: 'Ouvrez Mesh à l’adresse affichée par le serveur.',
  },
  capability_denied: {
    cause: 'Votre rôle ne le permet pas.',
    next: 'Demandez à un propriétaire du salon.',
  },
  unknown: { cause: 'Le serveur a refusé : {{message}}', next: 'Corrigez ou réessayez.' },
};
