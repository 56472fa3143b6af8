#include "agent/p2p/session_stream.hpp"

#include <algorithm>
#include <utility>

namespace mesh::p2p {

std::unique_ptr<byte_stream> session_streams::add(std::unique_ptr<byte_stream> inner) {
  return std::make_unique<session_stream>(std::move(inner), open_);
}

void session_streams::end_all(std::uint64_t code, const error& reason) {
  for (auto* const stream : *open_) stream->end(code, reason);
}

void session_streams::tell_all() {
  const auto held = open_;
  while (std::ranges::any_of(*held, [](auto* stream) { return stream->tell(); })) {
  }
}

session_stream::session_stream(std::unique_ptr<byte_stream> inner,
                               std::shared_ptr<std::set<session_stream*>> siblings)
    : inner_(std::move(inner)), siblings_(std::move(siblings)) {
  siblings_->insert(this);
}

session_stream::~session_stream() {
  siblings_->erase(this);
}

void session_stream::set_handler(stream_handler* handler) {
  handler_ = handler;
  if (inner_) inner_->set_handler(handler == nullptr ? nullptr : this);
}

void session_stream::write(shared_bytes data) {
  if (inner_) inner_->write(std::move(data));
}

void session_stream::finish() {
  if (inner_) inner_->finish();
}

void session_stream::consume(std::size_t count) {
  if (inner_) inner_->consume(count);
}

void session_stream::reset(std::uint64_t code) {
  done_ = true;
  if (inner_) inner_->reset(code);
}

void session_stream::on_closed(const error& reason) {
  done_ = true;
  handler_->on_closed(reason);
}

void session_stream::end(std::uint64_t code, const error& reason) {
  if (!inner_) return;
  inner_->reset(code);
  inner_.reset();
  ended_ = reason;
}

bool session_stream::tell() {
  if (!ended_ || done_ || handler_ == nullptr) return false;
  done_ = true;
  handler_->on_closed(*ended_);
  return true;
}

}  // namespace mesh::p2p
