// Bundles as bytes: encoding, decoding, compression, and what a bundle takes on the wire.
#include <algorithm>
#include <cstring>

#include "bench/catalogue.h"
#include "bench/counting.h"
#include "bench/micro.h"
#include "bench/notes.h"
#include "bundles/bundle_view.h"
#include "bundles/envelope.h"

namespace tidemark::bench {
namespace {

// The least that anything that keeps the values does: puts them one behind the other. There must be room for them.
void concatenate(const Bundle& bundle, std::uint8_t* to) {
  for (const Change& change : bundle.changes) {
    for (const Event& event : change.events) {
      const Value& value = event.value;
      if (value.type() == ValueType::integer || value.type() == ValueType::boolean) {
        const std::int64_t number = value.type() == ValueType::integer ? value.as_integer() : value.as_boolean();
        std::memcpy(to, &number, sizeof number);
        to += sizeof number;
      } else {
        const std::string& text = value.as_string();
        std::memcpy(to, text.data(), text.size());
        to += text.size();
      }
    }
  }
}

bool same(const BundleView& view, const Bundle& bundle) {
  return std::equal(view.changes().begin(), view.changes().end(), bundle.changes.begin(), bundle.changes.end(),
                    [](const ChangeView& a, const Change& b) { return to_change(a) == b; });
}

Measure speed(const char* name, const char* what, std::uint64_t events, std::optional<Goal> goal) {
  Measure measure;
  measure.name = name;
  measure.size = events;
  measure.what = what;
  measure.unit = "events/s";
  measure.reference = "the values put one behind the other";
  measure.goal = goal;
  return measure;
}

Measure bytes(const char* name, const char* what, std::uint64_t events, double each, std::optional<Goal> goal) {
  Measure measure;
  measure.name = name;
  measure.size = events;
  measure.what = what;
  measure.unit = "bytes/event";
  measure.more_is_better = false;
  measure.goal = goal;
  measure.values.push_back(each);
  return measure;
}

void measure(Bench& bench, std::uint64_t events) {
  const bool judged = events == 1'000;
  const auto goal = [judged](Goal::Of of, double bound) {
    return judged ? std::optional<Goal>(Goal{of, bound, {}}) : std::nullopt;
  };
  const Delivery delivery = *Notes({events * 8, events, 8, true}).next();
  const Bundle& bundle = delivery.bundle;
  const Bytes canonical = *unpack_envelope(delivery.envelope);
  const Bytes packed = pack_envelope(canonical);
  // Four tenths of what the columnar prototype in the design's measurements did: 20.4 and 117 million events a second as
  // canonical bytes, 4.1 and 16.3 in the envelope. It made no hash, and checked nothing.
  Measure encode =
      speed("codec/encode", "a bundle to its canonical bytes, and its head", events, goal(Goal::Of::value, 8e6));
  Measure view = speed("codec/view", "canonical bytes to a checked view of them, as a relay judges what is pushed",
                       events, goal(Goal::Of::value, 40e6));
  Measure decode = speed("codec/decode", "canonical bytes to a checked bundle with texts of its own", events, {});
  Measure seal =
      speed("codec/seal", "a bundle to its envelope, with zstd where it helps", events, goal(Goal::Of::value, 1.6e6));
  Measure open = speed("codec/open", "an envelope to a checked view", events, goal(Goal::Of::value, 6.5e6));
  Measure check = speed("codec/check", "the hash of a bundle's bytes in its chain", events, {});
  Measure pack = speed("codec/pack", "zstd of canonical bytes", events, {});
  Measure unpack = speed("codec/unpack", "canonical bytes out of an envelope", events, {});
  {
    Counting counting;
    require(encode_bundle(bundle, delivery.previous.hash, Notes::space).bytes == canonical, "the canonical bytes");
    counting.into(encode.counted, events);
    counting.restart();
    const Result<BundleView> seen = view_bundle(canonical);
    counting.into(view.counted, events);
    require(seen && same(*seen, bundle), "the view");
    counting.restart();
    require(decode_bundle(canonical)->changes == bundle.changes, "the decoded bundle");
    counting.into(decode.counted, events);
  }
  for (Measure* measure : {&encode, &view, &decode}) {
    for (const char* other : {"statements", "transactions", "syncs", "written bytes"}) measure->counted.erase(other);
  }
  for (unsigned i = 0; i < bench.options().repetitions; ++i) {
    bench.progress("codec, " + std::to_string(events) + " events, " + std::to_string(i + 1));
    Bytes together(events * 200);
    const double plain = double(events) / seconds_each("concatenate", [&] {
                           concatenate(bundle, together.data());
                           keep(together.data());
                         });
    const auto add = [&](Measure& measure, const std::function<void()>& work) {
      measure.values.push_back(double(events) / seconds_each(measure.name, work));
      measure.references.push_back(plain);
    };
    add(encode, [&] { keep(encode_bundle(bundle, delivery.previous.hash, Notes::space).bytes.data()); });
    add(view, [&] { keep(view_bundle(canonical)->changes().data()); });
    add(decode, [&] { keep(decode_bundle(canonical)->changes.data()); });
    add(seal, [&] { keep(pack_envelope(encode_bundle(bundle, delivery.previous.hash, Notes::space).bytes).data()); });
    add(open, [&] {
      const Bytes unpacked = *unpack_envelope(packed);
      keep(view_bundle(unpacked)->changes().data());
    });
    add(check, [&] {
      const Result<Head> head = check_trailer(canonical, delivery.previous.hash, Notes::space);
      keep(&head);
    });
    add(pack, [&] { keep(pack_envelope(canonical).data()); });
    add(unpack, [&] { keep(unpack_envelope(packed)->data()); });
  }
  for (Measure* measure : {&encode, &view, &decode, &seal, &open, &check, &pack, &unpack})
    bench.add(std::move(*measure));
  bench.add(bytes("codec/bytes", "canonical bytes", events, double(canonical.size()) / double(events),
                  goal(Goal::Of::value, 60)));
  bench.add(bytes("codec/bytes-packed", "the envelope, with zstd where it helps", events,
                  double(packed.size()) / double(events), goal(Goal::Of::value, 32)));
}

}  // namespace

void run_codec(Bench& bench) {
  for (const std::uint64_t events : bench.sizes({1, 10, 100, 1'000, 10'000})) measure(bench, events);
}

}  // namespace tidemark::bench
