import type { Words } from './words.ts'

export const sayingNo: Pick<Words, 'refusals' | 'endings'> = {
  refusals: {
    soldOut: [
      'Épuisé pour l’instant',
      'Tout est réservé ou vendu. Les paniers abandonnés se libèrent : regardez encore un peu plus tard.',
    ],
    fewLeft: ['Il n’en reste que {free}', 'Vous en vouliez {requested}. Prenez-en {free} ou moins.'],
    lastLeft: ['Il n’en reste que {free}', 'Vous en vouliez {requested}. Prenez le dernier.'],
    limit: ['{limit} au plus par personne', 'Prenez-en moins, s’il vous plaît.'],
    limitTaken: [
      '{limit} au plus par personne',
      'Vous en avez déjà réservé ou acheté {taken}. Regardez dans votre panier.',
    ],
    notOpen: [
      'Pas encore ouvert : encore {left}',
      'L’ouverture est le {time}, à notre horloge, pour tout le monde à la fois. Rien n’est encore réservé.',
    ],
    paused: ['Une courte pause', 'Nous avons suspendu ce drop. Rien n’est perdu ; réessayez dans quelques secondes.'],
    ended: ['Ce drop est terminé', 'Il s’est terminé le {time}.'],
    market: ['Pas vendu là où vous êtes', 'Ce drop n’est vendu que dans certains pays. Rien n’est réservé.'],
    marketUnknown: [
      'Pas vendu là où vous êtes',
      'Ce drop n’est vendu que dans certains pays, et nous ne voyons pas dans lequel vous êtes. Essayez sans VPN.',
    ],
    law: [
      'Nous ne pouvons pas vendre dans ce pays',
      'Une loi nous interdit de vendre là où vous êtes. Vous pouvez regarder à votre aise.',
    ],
    lawAddress: [
      'Nous ne pouvons pas vendre dans ce pays',
      'Une loi nous interdit d’y envoyer quoi que ce soit. Rien n’a été commandé ; choisissez une autre adresse.',
    ],
    notServed: [
      'Nous ne vendons pas dans ce pays',
      'Nous ne servons pas encore là où vous êtes. Vous pouvez regarder à votre aise.',
    ],
    notServedAddress: [
      'Nous ne vendons pas dans ce pays',
      'Nous n’y envoyons encore rien. Rien n’a été commandé ; choisissez une autre adresse.',
    ],
    invited: ['Sur invitation', 'Ce drop est réservé aux invités. Saisissez d’abord votre code sur sa page.'],
    passUsed: [
      'Votre tour est passé',
      'Un tour vaut pour une réservation, et vous l’avez faite. Regardez dans votre panier, ou reprenez une place.',
    ],
    passNeeded: [
      'Il y a une salle d’attente',
      'Prenez une place sur la page du drop ; à votre tour, vous pourrez réserver.',
    ],
    orderLimit: ['{limit} au plus par commande', 'Vous en avez choisi {requested}. Prenez-en moins, s’il vous plaît.'],
    notForSale: ['Pas en vente', 'Ceci n’est pas en vente en ce moment. Rien n’est réservé.'],
    notInDrop: [
      'Hors de ce drop',
      'Ce que vous avez choisi est vendu en dehors du drop. Ouvrez sa page et réservez-le là.',
    ],
    currencies: [
      'Deux monnaies dans un panier',
      'Les prix sont dans des monnaies différentes. Réservez un article après l’autre.',
    ],
    noHold: ['Cette réservation n’existe pas', 'Elle n’est pas de nous, ou pas à vous. Regardez dans votre panier.'],
    holdOver: [
      'Le temps est écoulé',
      'Votre réservation a pris fin avant la commande, et les articles sont de nouveau en vente. Rien n’a été débité. Réservez à nouveau s’il en reste.',
    ],
    ordered: ['Déjà commandé', 'Il y a une commande pour cette réservation. Elle n’est pas passée deux fois.'],
    nothing: ['Rien n’a été choisi', 'Choisissez d’abord quelque chose.'],
    tooLong: ['Trop à la fois', '{most} articles différents au plus dans un panier.'],
    units: ['Combien ?', 'Choisissez un nombre entier de 1 à {most}.'],
    tooMany: [
      'Un peu moins vite',
      'C’était trop à la fois. Rien n’a été fait ; attendez quelques secondes, puis réessayez.',
    ],
    busy: [
      'Il y a foule',
      'Plus de gens achètent que nous ne pouvons en servir à la fois. Rien n’a été fait ; réessayez dans quelques secondes.',
    ],
    underWay: [
      'C’est en cours',
      'Nous traitons votre premier clic. Attendez une seconde, puis regardez dans votre panier.',
    ],
    again: [
      'Encore une fois, s’il vous plaît',
      'Ce formulaire avait déjà été envoyé avec un autre contenu. Rien n’a été fait deux fois.',
    ],
  },
  endings: {
    toShop: 'Vers la boutique',
    toBasket: 'Vers votre panier',
    notFound: [
      'Pas ici',
      'Ce n’est pas ici',
      'L’adresse ne mène nulle part, ou ce qui était ici n’y est plus. Une recherche le trouvera peut-être.',
    ],
    broken: [
      'Notre erreur',
      'C’était notre erreur',
      'Quelque chose a cassé de notre côté. Vos réservations et vos commandes sont en sûreté ; rien n’est débité deux fois.',
    ],
    reference: 'Si vous nous écrivez, ceci nous aide :',
    busy: [
      'Il y a foule',
      'Il y a foule',
      'Plus de gens que nous ne pouvons en servir à cette seconde, ou une partie de nous se repose. Réessayez dans {time}. Ce que vous avez réservé ou commandé est en sûreté.',
    ],
    refused: ['Pas ainsi', 'Pas ainsi', 'Rien n’a été changé. Revenez en arrière, ou repartez de la boutique.'],
  },
}
