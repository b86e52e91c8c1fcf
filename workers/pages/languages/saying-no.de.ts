import type { Words } from './words.ts'

export const sayingNo: Pick<Words, 'refusals' | 'endings'> = {
  refusals: {
    soldOut: [
      'Vorerst ausverkauft',
      'Alles ist reserviert oder verkauft. Was in verlassenen Warenkörben liegt, kommt zurück; ein zweiter Blick lohnt sich.',
    ],
    fewLeft: ['Nur noch {free} da', 'Sie wollten {requested}. Nehmen Sie {free} oder weniger.'],
    lastLeft: ['Nur noch {free} da', 'Sie wollten {requested}. Nehmen Sie das letzte Stück.'],
    limit: ['Höchstens {limit} pro Person', 'Bitte nehmen Sie weniger.'],
    limitTaken: [
      'Höchstens {limit} pro Person',
      'Reserviert oder gekauft haben Sie schon {taken}. Sehen Sie in Ihren Warenkorb.',
    ],
    notOpen: [
      'Noch nicht offen: noch {left}',
      'Los geht es {time}, nach unserer Uhr und für alle zugleich. Noch ist nichts reserviert.',
    ],
    paused: [
      'Kurze Pause',
      'Wir haben diesen Drop angehalten. Nichts ist verloren; versuchen Sie es in einigen Sekunden wieder.',
    ],
    ended: ['Dieser Drop ist vorbei', 'Er endete am {time}.'],
    market: ['Bei Ihnen nicht erhältlich', 'Diesen Drop gibt es nur in einigen Ländern. Reserviert ist nichts.'],
    marketUnknown: [
      'Bei Ihnen nicht erhältlich',
      'Diesen Drop gibt es nur in einigen Ländern, und wir sehen nicht, in welchem Sie sind. Versuchen Sie es ohne VPN.',
    ],
    law: [
      'In dieses Land dürfen wir nicht verkaufen',
      'Ein Gesetz verbietet uns, dorthin zu verkaufen, wo Sie sind. Umsehen können Sie sich gern.',
    ],
    lawAddress: [
      'In dieses Land dürfen wir nicht verkaufen',
      'Ein Gesetz verbietet uns, etwas dorthin zu schicken. Bestellt wurde nichts; wählen Sie eine andere Adresse.',
    ],
    notServed: [
      'In dieses Land verkaufen wir nicht',
      'Wo Sie sind, liefern wir noch nicht. Umsehen können Sie sich gern.',
    ],
    notServedAddress: [
      'In dieses Land verkaufen wir nicht',
      'Dorthin liefern wir noch nicht. Bestellt wurde nichts; wählen Sie eine andere Adresse.',
    ],
    invited: [
      'Für Eingeladene',
      'Dieser Drop ist für Menschen mit Einladung. Geben Sie zuerst auf seiner Seite Ihren Code ein.',
    ],
    passUsed: [
      'Sie waren schon dran',
      'Wer dran ist, kann einmal reservieren, und das haben Sie. Sehen Sie in Ihren Warenkorb, oder stellen Sie sich neu an.',
    ],
    passNeeded: [
      'Es gibt einen Warteraum',
      'Holen Sie sich auf der Seite des Drops einen Platz; wenn Sie dran sind, können Sie reservieren.',
    ],
    orderLimit: ['Höchstens {limit} pro Bestellung', 'Sie haben {requested} gewählt. Bitte nehmen Sie weniger.'],
    notForSale: ['Nicht im Verkauf', 'Das wird im Moment nicht verkauft. Reserviert ist nichts.'],
    notInDrop: [
      'Nicht Teil dieses Drops',
      'Was Sie gewählt haben, gibt es außerhalb des Drops. Öffnen Sie seine Seite und reservieren Sie dort.',
    ],
    currencies: [
      'Zwei Währungen in einem Warenkorb',
      'Die Preise sind in verschiedenen Währungen. Reservieren Sie eins nach dem anderen.',
    ],
    noHold: [
      'Diese Reservierung gibt es nicht',
      'Sie ist nicht von uns, oder nicht Ihre. Sehen Sie in Ihren Warenkorb.',
    ],
    holdOver: [
      'Die Zeit ist abgelaufen',
      'Ihre Reservierung war zu Ende, bevor die Bestellung kam, und alles ging zurück in den Verkauf. Abgebucht wurde nichts. Reservieren Sie neu, wenn noch etwas da ist.',
    ],
    ordered: ['Schon bestellt', 'Zu dieser Reservierung gibt es eine Bestellung. Sie wird nicht zweimal aufgegeben.'],
    nothing: ['Es wurde nichts gewählt', 'Wählen Sie zuerst etwas aus.'],
    tooLong: ['Zu viel auf einmal', 'Höchstens {most} verschiedene Dinge in einem Warenkorb.'],
    units: ['Wie viele?', 'Wählen Sie eine ganze Zahl von 1 bis {most}.'],
    tooMany: [
      'Bitte etwas langsamer',
      'Das war zu viel auf einmal. Geschehen ist nichts; warten Sie einige Sekunden und versuchen Sie es wieder.',
    ],
    busy: [
      'Es ist gerade viel los',
      'Mehr Menschen kaufen, als wir gleichzeitig bedienen können. Geschehen ist nichts; versuchen Sie es in einigen Sekunden wieder.',
    ],
    underWay: [
      'Wir sind dabei',
      'Ihr erster Klick wird gerade bearbeitet. Warten Sie eine Sekunde, dann sehen Sie in Ihren Warenkorb.',
    ],
    again: ['Bitte noch einmal', 'Dieses Formular kam schon mit anderem Inhalt. Zweimal geschehen ist nichts.'],
  },
  endings: {
    toShop: 'Zum Shop',
    toBasket: 'Zum Warenkorb',
    notFound: [
      'Nicht hier',
      'Das gibt es hier nicht',
      'Die Adresse führt ins Leere, oder was hier war, ist fort. Vielleicht findet es die Suche.',
    ],
    broken: [
      'Unser Fehler',
      'Das war unser Fehler',
      'Bei uns ist etwas schiefgegangen. Ihre Reservierungen und Bestellungen sind sicher; nichts wird zweimal abgebucht.',
    ],
    reference: 'Wenn Sie uns schreiben, hilft uns das:',
    busy: [
      'Es ist viel los',
      'Es ist gerade viel los',
      'Mehr Menschen, als wir in dieser Sekunde bedienen können, oder ein Teil von uns ruht. Versuchen Sie es in {time} wieder. Was Sie reserviert oder bestellt haben, ist sicher.',
    ],
    refused: [
      'So geht es nicht',
      'So geht es nicht',
      'Geändert wurde nichts. Gehen Sie zurück, oder beginnen Sie im Shop neu.',
    ],
  },
}
