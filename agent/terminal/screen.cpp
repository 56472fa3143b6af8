#include "agent/terminal/screen.hpp"

#include "agent/terminal/libvterm.hpp"
#include "agent/terminal/row_text.hpp"
#include "agent/terminal/snapshot.hpp"
#include "core/base/limits.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace mesh::terminal {
namespace {

const auto& lib() noexcept {
  return libvterm::call();
}

// Of one line, and of all that left the screen: more are text without links.
constexpr std::size_t row_link_bytes_max = 16UZ * 1024;
constexpr std::size_t scrollback_link_bytes_max = 1024UZ * 1024;

struct free_terminal {
  void operator()(VTerm* terminal) const noexcept { lib().vterm_free(terminal); }
};

}  // namespace

bool valid(const terminal_size& size) noexcept {
  return size.cols > 0 && size.cols <= limits::terminal_columns_max && size.rows > 0 &&
         size.rows <= limits::terminal_rows_max;
}

struct screen::parts {
  parts(terminal_size s, std::size_t lines_max, keep_links wanted);

  // What libvterm tells: lines that leave the grid; with letters also each cell that changes.
  static const VTermScreenCallbacks& callbacks(bool letters);
  static int push_line(int count, const VTermScreenCell* cells, void* self);
  static int damage(VTermRect rect, void* self);
  static int move_rect(VTermRect dest, VTermRect src, void* self);
  void begin_link();
  std::string linked(std::string with, std::string without);
  void feed(std::string_view bytes) const { lib().vterm_input_write(vt.get(), bytes.data(), bytes.size()); }
  // libvterm shows the whole screen reversed (DECSCNM) cell by cell; it is a mode here.
  void unreverse(VTermScreenCell& cell) const {
    if (tracker.modes().reverse) cell.attrs.reverse = cell.attrs.reverse == 0;
  }
  std::string row(int number, int cols_max, std::span<const cell_link> marks = {}) const;
  std::vector<std::string> rows() const;  // with their links
  cursor_place cursor() const;
  std::string pen() const;
  void reset_saved() {
    // libvterm's own is of no colour before the first time.
    feed(
        "\x1b"
        "7");
    saved = {cursor(), pen()};
  }

  terminal_size size;
  std::size_t scrollback_lines_max;
  std::unique_ptr<VTerm, free_terminal> vt;
  VTermScreen* grid;
  VTermState* state;
  mode_tracker tracker;
  std::deque<std::string> scrollback;
  std::vector<std::string> normal;  // what it shows behind the alternate screen
  saved_cursor saved;
  // Links. Without any libvterm tells nothing of single letters, which is quicker.
  keep_links keep;
  bool linking = false;
  link_grid links;
  link_grid normal_links;              // behind the alternate screen
  cell_link link;                      // of what is written now
  int pushed = 0;                      // lines of the scrolling that is under way
  std::deque<std::size_t> link_bytes;  // of each line of the scrollback
  std::size_t link_bytes_total = 0;
};

screen::parts::parts(terminal_size s, std::size_t lines_max, keep_links wanted)
    : size(s),
      scrollback_lines_max(lines_max),
      vt(lib().vterm_new(s.rows, s.cols)),
      grid(lib().vterm_obtain_screen(vt.get())),
      state(lib().vterm_obtain_state(vt.get())),
      keep(wanted),
      links(s),
      normal_links(s) {
  lib().vterm_set_utf8(vt.get(), 1);
  // Questions of the program are answered by the terminal of the sharer, once.
  lib().vterm_output_set_callback(vt.get(), [](const char*, std::size_t, void*) {}, nullptr);
  lib().vterm_screen_set_callbacks(grid, &callbacks(false), this);
  lib().vterm_screen_enable_altscreen(grid, 1);
  lib().vterm_screen_reset(grid, 1);
  reset_saved();
}

const VTermScreenCallbacks& screen::parts::callbacks(bool letters) {
  static const VTermScreenCallbacks lines{.damage = nullptr,
                                          .moverect = nullptr,
                                          .movecursor = nullptr,
                                          .settermprop = nullptr,
                                          .bell = nullptr,
                                          .resize = nullptr,
                                          .sb_pushline = push_line,
                                          .sb_popline = nullptr};
  static const auto with_letters = [] {
    auto out = lines;
    out.damage = damage;
    out.moverect = move_rect;
    return out;
  }();
  return letters ? with_letters : lines;
}

int screen::parts::push_line(int count, const VTermScreenCell* cells, void* self) {
  auto& p = *static_cast<parts*>(self);
  if (p.scrollback_lines_max == 0 || p.tracker.modes().alternate) return 1;
  std::vector<VTermScreenCell> line(cells, cells + count);
  for (auto& cell : line) p.unreverse(cell);
  const auto marks = p.links.row(p.pushed++);
  auto plain = text_of(line);
  p.scrollback.push_back(marks.empty() ? std::move(plain) : p.linked(text_of(line, marks), std::move(plain)));
  if (p.keep == keep_links::yes) p.link_bytes.resize(p.scrollback.size());
  if (p.scrollback.size() <= p.scrollback_lines_max) return 1;
  p.scrollback.pop_front();
  if (p.keep == keep_links::yes) {
    p.link_bytes_total -= p.link_bytes.front();
    p.link_bytes.pop_front();
  }
  return 1;
}

// The next line of the scrollback, with its links when there is room for them.
std::string screen::parts::linked(std::string with, std::string without) {
  const auto more = with.size() - without.size();
  if (more > row_link_bytes_max || link_bytes_total + more > scrollback_link_bytes_max) return without;
  link_bytes.push_back(more);
  link_bytes_total += more;
  return with;
}

// A letter has been written, or something is erased or shown anew.
int screen::parts::damage(VTermRect rect, void* self) {
  auto& p = *static_cast<parts*>(self);
  p.pushed = 0;
  const bool letter = rect.end_row - rect.start_row == 1 && rect.end_col - rect.start_col <= 2;
  for (int row = rect.start_row; row < rect.end_row; ++row)
    for (int col = rect.start_col; col < rect.end_col; ++col) {
      VTermScreenCell cell{};
      lib().vterm_screen_get_cell(p.grid, {row, col}, &cell);
      if (cell.chars[0] == 0)
        p.links.set(row, col, nullptr);
      else if (letter)
        p.links.set(row, col, p.link);
    }
  return 1;
}

int screen::parts::move_rect(VTermRect dest, VTermRect src, void* self) {
  auto& p = *static_cast<parts*>(self);
  p.pushed = 0;
  const auto as_cells = [](const VTermRect& r) {
    return cell_rect{r.start_row, r.end_row, r.start_col, r.end_col};
  };
  p.links.move(as_cells(dest), as_cells(src));
  return 1;
}

// What is written from here on has another link, or none.
void screen::parts::begin_link() {
  if (keep == keep_links::no) return;
  link = links.make(tracker.modes().link);
  if (!link || std::exchange(linking, true)) return;
  lib().vterm_screen_set_callbacks(grid, &callbacks(true), this);
}

std::string screen::parts::row(int number, int cols_max, std::span<const cell_link> marks) const {
  std::vector<VTermScreenCell> cells(static_cast<std::size_t>(std::clamp(cols_max, 0, size.cols)));
  for (int col = 0; col < static_cast<int>(cells.size()); ++col) {
    auto& cell = cells[static_cast<std::size_t>(col)];
    lib().vterm_screen_get_cell(grid, {number, col}, &cell);
    unreverse(cell);
  }
  if (marks.empty()) return text_of(cells);
  auto out = text_of(cells, marks);
  return out.size() <= row_link_bytes_max ? out : text_of(cells);
}

std::vector<std::string> screen::parts::rows() const {
  std::vector<std::string> out;
  for (int number = 0; number < size.rows; ++number) out.push_back(row(number, size.cols, links.row(number)));
  return out;
}

cursor_place screen::parts::cursor() const {
  VTermPos at{};
  lib().vterm_state_get_cursorpos(state, &at);
  return {at.row, at.col};
}

std::string screen::parts::pen() const {
  const auto value = [this](VTermAttr attribute) {
    VTermValue v{};
    lib().vterm_state_get_penattr(state, attribute, &v);
    return v;
  };
  VTermScreenCellAttrs attributes{};
  attributes.bold = value(VTERM_ATTR_BOLD).boolean != 0;
  attributes.underline = static_cast<unsigned>(value(VTERM_ATTR_UNDERLINE).number) & 3U;
  attributes.italic = value(VTERM_ATTR_ITALIC).boolean != 0;
  attributes.blink = value(VTERM_ATTR_BLINK).boolean != 0;
  attributes.reverse = value(VTERM_ATTR_REVERSE).boolean != 0;
  attributes.strike = value(VTERM_ATTR_STRIKE).boolean != 0;
  return sgr_of(attributes, value(VTERM_ATTR_FOREGROUND).color, value(VTERM_ATTR_BACKGROUND).color);
}

screen::screen(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
screen::~screen() = default;

result<std::unique_ptr<screen>> screen::make(terminal_size size, std::size_t scrollback_lines_max,
                                             keep_links links) {
  if (auto loaded = libvterm::load(); !loaded) return pass(loaded);
  return std::unique_ptr<screen>(new screen(std::make_unique<parts>(size, scrollback_lines_max, links)));
}

void screen::write(bytes_view output) {
  auto& p = *parts_;
  const auto text = as_text(output);
  std::size_t begin = 0;
  const auto flush = [&](std::size_t end) {
    if (end > begin) p.feed(text.substr(begin, end - begin));
    begin = end;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (p.tracker.saves_cursor_with(text[i])) {
      flush(i);
      p.saved = {p.cursor(), p.pen()};
    }
    if (p.tracker.enters_alternate_with(text[i])) {
      flush(i);
      p.normal = p.rows();
    }
    const bool was_overlong = p.tracker.overlong();
    const bool was_alternate = p.tracker.modes().alternate;
    const auto did = p.tracker.feed(text[i]);
    if (did == mode_tracker::effect::link) {
      flush(i + 1);
      p.begin_link();
    }
    // The other screen has links of its own, from before libvterm shows it.
    if (p.linking && was_alternate != p.tracker.modes().alternate) {
      if (!was_alternate) p.normal_links = std::exchange(p.links, link_grid(p.size));
      flush(i + 1);
      if (was_alternate) p.links = std::exchange(p.normal_links, link_grid(p.size));
      p.links.resize(p.size);
    }
    if (did == mode_tracker::effect::reset) {
      flush(i + 1);
      // libvterm stays on the alternate screen.
      if (was_alternate)
        p.feed(
            "\x1b[?1049l\x1b"
            "c");
      p.scrollback.clear();
      p.link_bytes.clear();
      p.link_bytes_total = 0;
      p.link = nullptr;
      p.links.clear();
      p.normal_links.clear();
      p.reset_saved();
    }
    // From the first byte too many up to the end of the string nothing reaches libvterm, which would keep it.
    if (was_overlong && p.tracker.overlong())
      begin = i + 1;
    else if (!was_overlong && p.tracker.overlong())
      flush(i + 1);
  }
  flush(text.size());
}

void screen::resize(terminal_size size) {
  if (size == parts_->size) return;
  parts_->size = size;
  parts_->tracker.resized();
  lib().vterm_set_size(parts_->vt.get(), size.rows, size.cols);
  parts_->links.resize(size);
}

terminal_size screen::size() const noexcept {
  return parts_->size;
}
const terminal_modes& screen::modes() const noexcept {
  return parts_->tracker.modes();
}
cursor_place screen::cursor() const {
  return parts_->cursor();
}
bool screen::at_rest() const noexcept {
  return parts_->tracker.at_rest();
}
std::string screen::row(int number, int cols_max) const {
  return parts_->row(number, cols_max);
}
std::u32string screen::letters(int number) const {
  std::u32string out;
  for (int col = 0; col < size().cols; ++col) {
    VTermScreenCell cell{};
    lib().vterm_screen_get_cell(parts_->grid, {number, col}, &cell);
    out.push_back(cell.chars[0] == 0 ? U' ' : static_cast<char32_t>(cell.chars[0]));
  }
  return out;
}
std::string screen::pen() const {
  return parts_->pen();
}
const std::deque<std::string>& screen::scrollback() const noexcept {
  return parts_->scrollback;
}

std::string screen::snapshot() const {
  const auto& p = *parts_;
  const auto rows = p.rows();
  return render({.size = p.size,
                 .modes = p.tracker.modes(),
                 .scrollback = p.scrollback,
                 .rows = rows,
                 .cursor = p.cursor(),
                 .pen = p.pen(),
                 .saved = p.saved,
                 .normal = p.tracker.modes().alternate ? &p.normal : nullptr,
                 .pending = p.tracker.overlong() ? std::string_view() : p.tracker.pending()});
}

}  // namespace mesh::terminal
