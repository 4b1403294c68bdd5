// AppRun: an app at work in a run: whose turn it is, and when its rules are judged. Internal to run.cpp and app.cpp.
#pragma once

#include <memory>
#include <vector>

#include "sim/app.h"
#include "sim/workload.h"
#include "sim/world.h"

namespace tidemark::sim {

class AppRun {
 public:
  AppRun(std::unique_ptr<App> app, World& world, Workload& workload)
      : app_(std::move(app)), world_(world), workload_(workload) {}

  // On the first device; returns when all devices have it.
  void set_up();
  // One user at one device does something, if a device is up.
  void step();
  // Throws Violation if a rule is broken on one of these devices.
  void judge(const std::vector<Device*>& devices) const;

 private:
  void require(const Device& device, const std::optional<BrokenRule>& broken) const;

  std::unique_ptr<App> app_;
  World& world_;
  Workload& workload_;
};

}  // namespace tidemark::sim
