/* The least that is a widget and uses everything: the tests look at what it has heard. */
define(['jquery', 'lib/components/base/modal'], function ($, Modal) {
  return function () {
    var self = this;
    var heard = (window.heard = window.heard || []);

    function note(name) {
      return function () {
        heard.push(name + ' ' + self.system().area);
        return true;
      };
    }

    function openModal() {
      return new Modal({
        class_name: 'tiny-modal',
        init: function ($body) {
          $body.trigger('modal:loaded').append('<p class="tiny">In the window</p>').trigger('modal:centrify');
          heard.push('modal init');
        },
        destroy: function () {
          heard.push('modal destroy');
        },
      });
    }

    this.callbacks = {
      render: function () {
        heard.push('render ' + self.system().area);
        window.tiny = { self: self, $: $, openModal: openModal };
        if (self.system().area === 'lcard' || self.system().area === 'llist') {
          self.render_template({
            caption: { class_name: 'tiny-caption', html: 'Tiny' },
            body: '',
            render: '<p class="tiny">' + self.i18n('panel').hello + ' ' + APP.data.current_card.id + '</p>',
          });
        }
        self.add_action('phone', note('phone'));
        return window.tinyRenders !== false;
      },
      init: note('init'),
      bind_actions: note('bind_actions'),
      settings: function ($body) {
        heard.push('settings ' + $body.find('#' + self.get_settings().widget_code + '_custom').length);
      },
      onSave: function () {
        heard.push('onSave');
        return window.tinySaves === undefined ? true : window.tinySaves;
      },
      onInstall: function () {
        heard.push('onInstall ' + self.get_install_status());
      },
      destroy: note('destroy'),
      advancedSettings: function () {
        $('#list_page_holder').text('Advanced');
        heard.push('advancedSettings');
      },
      initMenuPage: function (params) {
        $('#work-area-' + self.get_settings().widget_code).text('Diary of ' + params.location);
        heard.push('initMenuPage ' + params.item_code);
      },
      leads: {
        selected: function () {
          heard.push('selected ' + JSON.stringify(self.list_selected()));
        },
      },
    };
    return this;
  };
});
