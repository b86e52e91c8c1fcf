import type { Words } from './words.ts'

export const sayingNo: Pick<Words, 'refusals' | 'endings'> = {
  refusals: {
    soldOut: [
      'Agotado, por ahora',
      'Todo está reservado o vendido. Lo que queda en cestas abandonadas vuelve: merece la pena mirar otra vez.',
    ],
    fewLeft: ['Solo quedan {free}', 'Has pedido {requested}. Toma {free} o menos.'],
    lastLeft: ['Solo queda {free}', 'Has pedido {requested}. Toma la última unidad.'],
    limit: ['Como mucho {limit} por persona', 'Toma menos, por favor.'],
    limitTaken: ['Como mucho {limit} por persona', 'Ya has reservado o comprado {taken}. Mira en tu cesta.'],
    notOpen: [
      'Aún no está abierto: faltan {left}',
      'Abre el {time}, según nuestro reloj, para todos a la vez. Aún no hay nada reservado.',
    ],
    paused: ['Una pausa breve', 'Hemos detenido este drop. No se pierde nada; vuelve a intentarlo en unos segundos.'],
    ended: ['Este drop ha terminado', 'Terminó el {time}.'],
    market: ['No se vende donde estás', 'Este drop se vende solo en algunos países. No hay nada reservado.'],
    marketUnknown: [
      'No se vende donde estás',
      'Este drop se vende solo en algunos países y no sabemos en cuál estás. Prueba sin VPN.',
    ],
    law: ['No podemos vender en este país', 'Una ley nos prohíbe vender donde estás. Puedes mirar cuanto quieras.'],
    lawAddress: [
      'No podemos vender en este país',
      'Una ley nos prohíbe enviar nada allí. No se ha pedido nada; elige otra dirección.',
    ],
    notServed: ['No vendemos en este país', 'Todavía no servimos donde estás. Puedes mirar cuanto quieras.'],
    notServedAddress: [
      'No vendemos en este país',
      'Todavía no enviamos nada allí. No se ha pedido nada; elige otra dirección.',
    ],
    invited: ['Con invitación', 'Este drop es para personas invitadas. Escribe antes tu código en su página.'],
    passUsed: [
      'Ya has tenido tu turno',
      'Un turno vale para una reserva, y la tuya está hecha. Mira en tu cesta, o toma otro puesto.',
    ],
    passNeeded: ['Hay una sala de espera', 'Toma un puesto en la página del drop; cuando te toque, podrás reservar.'],
    orderLimit: ['Como mucho {limit} por pedido', 'Has elegido {requested}. Toma menos, por favor.'],
    notForSale: ['No está a la venta', 'Esto no se vende en este momento. No hay nada reservado.'],
    notInDrop: ['Fuera de este drop', 'Lo que has elegido se vende fuera del drop. Abre su página y resérvalo allí.'],
    currencies: ['Dos monedas en una cesta', 'Los precios están en monedas distintas. Resérvalos uno a uno.'],
    noHold: ['Esa reserva no existe', 'No es nuestra, o no es tuya. Mira en tu cesta.'],
    holdOver: [
      'Se acabó el tiempo',
      'Tu reserva terminó antes de que llegara el pedido, y todo volvió a la venta. No se ha cobrado nada. Reserva otra vez si aún queda.',
    ],
    ordered: ['Ya está pedido', 'Hay un pedido para esta reserva. No se hace dos veces.'],
    nothing: ['No has elegido nada', 'Elige algo primero.'],
    tooLong: ['Demasiado a la vez', 'Como mucho {most} cosas distintas en una cesta.'],
    units: ['¿Cuántas?', 'Elige un número entero de 1 a {most}.'],
    tooMany: [
      'Un poco más despacio',
      'Eso fue demasiado a la vez. No se ha hecho nada; espera unos segundos y vuelve a intentarlo.',
    ],
    busy: [
      'Hay mucha gente',
      'Hay más gente comprando de la que podemos atender a la vez. No se ha hecho nada; vuelve a intentarlo en unos segundos.',
    ],
    underWay: ['Estamos en ello', 'Estamos atendiendo tu primer clic. Espera un segundo y mira en tu cesta.'],
    again: ['Inténtalo otra vez', 'Este formulario ya se envió con otro contenido. Nada se ha hecho dos veces.'],
  },
  endings: {
    toShop: 'A la tienda',
    toBasket: 'A tu cesta',
    notFound: [
      'No está aquí',
      'Esto no está aquí',
      'La dirección no lleva a ninguna parte, o lo que había ya no está. Quizá lo encuentre una búsqueda.',
    ],
    broken: [
      'Error nuestro',
      'Ha sido un error nuestro',
      'Algo se ha roto por nuestra parte. Tus reservas y pedidos están a salvo; nada se cobra dos veces.',
    ],
    reference: 'Si nos escribes, esto ayuda:',
    busy: [
      'Hay mucha gente',
      'Hay mucha gente',
      'Más gente de la que podemos atender en este segundo, o una parte nuestra descansa. Vuelve a intentarlo en {time}. Lo que has reservado o pedido está a salvo.',
    ],
    refused: ['Así no', 'Así no', 'No se ha cambiado nada. Vuelve atrás, o empieza de nuevo en la tienda.'],
  },
}
